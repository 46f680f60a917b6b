import assert from 'node:assert/strict';
import { markdownToBb } from '../../../../lib/bitrix24/text/markdown';
import { assertHarmless, readBalanced } from './portal-reading';

describe('markdownToBb', () => {
  it('lets through what the integrator allows, and only that', () => {
    const text = '**Hi** [user=5]Ann[/user], [send=/stop]Stop[/send], [call=+7900]call[/call], [disk=5]';
    const mention = markdownToBb(text, { allow: { mentions: true } });
    assert.ok(mention.startsWith('[b]Hi[/b] [user=5]Ann[/user], [\u200Bsend=/stop]'));
    const button = markdownToBb(text, { allow: { buttons: true } });
    assert.ok(button.includes('[send=/stop]Stop[/send]') && button.includes('[\u200Buser=5]'));
    assert.ok(markdownToBb(text, { allow: { calls: true } }).includes('[call=+7900]call[/call]'));
    assert.ok(markdownToBb(text, { allow: { images: true } }).endsWith('[disk=5]'));
  });

  it('closes an allowed tag together with the marks around it', () => {
    const bb = markdownToBb('**a [send=/x]b** c[/send]', { allow: { buttons: true } });
    assert.equal(bb, '[b]a [send=/x]b[/send][/b][send=/x] c[/send]');
  });

  it('lets no allowed tag out of its form', () => {
    for (const text of [
      '[user=x]a[/user]',
      '[user=5]a',
      '[user=5 x]a[/user]',
      '[chat=1;2]a[/chat]',
      '[disk=a]',
    ]) {
      const bb = markdownToBb(text, { allow: { mentions: true, images: true } });
      assert.match(bb, /^\[\u200B/, text);
    }
  });

  it('shows a text that is nested too deep as it is written', () => {
    for (const mark of ['>', '1. ', '- ']) {
      const text = `${mark.repeat(4_000)}end [user=all]`;
      const bb = markdownToBb(text);
      assertHarmless(bb);
      assert.ok(bb.includes('end'));
    }
  });

  it('shows a paragraph of nothing but marks as it is written', () => {
    const text = `${'_a'.repeat(10_000)}\n\n**bold**`;
    assert.ok(markdownToBb(text) === `${'_a'.repeat(10_000)}\n\n[b]bold[/b]`);
  });

  it('reads a long answer in pieces and loses no line of it', () => {
    const line = (index: number) => `Paragraph ${index} with **bold ${index}** text.`;
    const text = Array.from({ length: 2_000 }, (_unused, index) => line(index)).join('\n\n');
    const expected = text.replace(/\*\*(.*?)\*\*/g, '[b]$1[/b]');
    assert.equal(markdownToBb(text), expected);
  });

  it('keeps a long list and a long fence whole', () => {
    const list = Array.from({ length: 3_000 }, (_unused, index) => `${index + 1}. point`).join('\n');
    assert.equal(markdownToBb(list), list);
    const code = Array.from({ length: 3_000 }, (_unused, index) => `line_${index}\n\n* x`).join('\n');
    assert.equal(markdownToBb(`\`\`\`\n${code}\n\`\`\`\nafter`), `[code]${code}[/code]\nafter`);
  });

  it('does not let an answer grow a hundredfold', () => {
    const bb = markdownToBb('[b][i]x[/b]y[/i]'.repeat(2_000));
    readBalanced(bb);
    assert.ok(bb.length < 200_000);
  });

  it('gives nothing for nothing', () => {
    for (const text of ['', ' ', '\n\n', '<!-- -->', '[a]: https://example.com'])
      assert.equal(markdownToBb(text), '');
  });
});
