import assert from 'node:assert/strict';
import { markdownToBb } from '../../../../lib/bitrix24/text/markdown';
import { sanitiseBb } from '../../../../lib/bitrix24/text/sanitise';
import { plainToBb } from '../../../../lib/core/bb/plain-to-bb';
import { seededRandom } from '../../core/random';
import { hostileText } from './hostile-text';
import { assertHarmless, readBalanced } from './portal-reading';

const everything = { mentions: true, calls: true, buttons: true, images: true };

const attacks = [
  '[user=all]x[/user]',
  '[USER=ALL]x[/USER]',
  '[UsEr=5 REPLACE]x[/uSeR]',
  '[user = all]x[/user]',
  '[ user=all]x[/user]',
  '[\tuser=all]x[/user]',
  '[\u200Buser=all]x[/user]',
  '[u\u200Bser=all]x[/user]',
  '[us\u00ADer=all]x[/user]',
  '[us\u0000er=all]x[/user]',
  '[us\u202Eer=all]x[/user]',
  '[\u200Fuser=all]x[/user]',
  '[\u2066user=all\u2069]x[/user]',
  '[us\u0301er=all]x[/user]',
  '［user=all］x［/user］',
  '﹇user=all﹈x',
  '[ｕｓｅｒ=all]x[/user]',
  '[uſer=all]x[/user]',
  '[us[user=all]er=all]x[/user]',
  '[us[b]er=all]x[/b][/user]',
  '[us[b][/b]er=all]x[/user]',
  '[[b]user=all[/b]]x[/user]',
  '[b][us[/b]er=all]x[/user]',
  '[us[code]er=all][/code]x[/user]',
  '[us[b]er[b]=all]x[/b][/b][/user]',
  '[code][user=all]x[/user][/code]',
  '[code]a[/code][user=all]x[/user]',
  '[url=https://a.b/[user=all]]x[/user][/url]',
  '[url=[user=all]]x[/url]',
  '[size=12[user=all]]x[/size]',
  '&#91;user=all]x&#91;/user]',
  '&#x05b;user=all]x',
  '&lbrack;user=all]x',
  '[user\u00A0=all]x[/user]',
  '[user\n=all]x[/user]',
  '[send=a[b]c]x[/send]',
  '[send]x[/send]',
  '[put]x[/put]',
  '[call]x[/call]',
  '[SEND=/stop]x[/SEND]',
  '[put=/x]y[/put]',
  '[call=+7900]x[/call]',
  '[chat=12]x[/chat]',
  '[chat=imol|5]x[/chat]',
  '[context=chat1/2]x[/context]',
  '[icon=https://a.b/c.png]',
  '[img size=small]https://a.b/c.png [/img]',
  '[img]https://a.b/c.png[/img]',
  '[disk=5]',
  '[timestamp=1 format=X]',
  '[attach=1]',
  '[rating=5]',
];

describe('text from outside', () => {
  for (const [name, render] of [
    ['bbcode', (text: string) => sanitiseBb(text)],
    ['plain', plainToBb],
    ['markdown', (text: string) => markdownToBb(text)],
  ] as const) {
    it(`acts on nobody, as ${name}`, () => {
      for (const attack of attacks) {
        for (const text of [
          attack,
          `**${attack}**`,
          `[b]${attack}[/b]`,
          `\`${attack}\``,
          `a\n> ${attack}\n\n- ${attack}`,
        ]) {
          assertHarmless(render(text));
        }
      }
    });
  }

  it('still reads as it was written', () => {
    const shown = (text: string) => text.replaceAll('\u200B', '');
    for (const attack of attacks.filter((text) => !/[\u0000\u202E\u200B]|\[b\]/.test(text))) {
      assert.equal(shown(plainToBb(attack)), attack);
      assert.equal(shown(sanitiseBb(attack)), attack);
    }
  });

  it('is harmless whatever it is, and stays the same when it is cleaned again', () => {
    const random = seededRandom(23);
    for (let count = 0; count < 3_000; count += 1) {
      const text = hostileText(random);
      const bb = sanitiseBb(text);
      assertHarmless(bb);
      assert.equal(sanitiseBb(bb), bb, JSON.stringify(text));
      const markdown = markdownToBb(text);
      assertHarmless(markdown);
      assert.equal(sanitiseBb(markdown), markdown, JSON.stringify(text));
      const plain = plainToBb(text);
      assert.deepEqual(assertHarmless(plain).marks, [], JSON.stringify(text));
      assert.equal(plainToBb(plain), plain, JSON.stringify(text));
    }
  });

  it('is balanced with all tags allowed, too', () => {
    const random = seededRandom(24);
    for (let count = 0; count < 3_000; count += 1) {
      const text = hostileText(random);
      const bb = sanitiseBb(text, everything);
      readBalanced(bb);
      assert.equal(sanitiseBb(bb, everything), bb, JSON.stringify(text));
    }
  });
});

describe('sanitiseBb', () => {
  it('keeps formatting as it is', () => {
    const bb =
      '[B]a[/B] [i]b[/i] [u]c[/u] [s]d[/s] [size=20]e[/size] [color=#F00]f[/color] [code]g[1] [b][/code][br]' +
      '[url]https://a.b[/url] [url=mailto:a@b.co]h[/url]\n>>quote\n[size=8][color=#abcdef]x[/color][/size]';
    assert.equal(sanitiseBb(bb), bb);
  });

  it('breaks what is not closed, not opened, or out of range', () => {
    assert.equal(
      sanitiseBb('[b]a [/i] [size=99]b[/size] [color=red]c[/color]').replaceAll('\u200B', '∅'),
      '[∅b]a [∅/i] [∅size=99]b[∅/size] [∅color=red]c[∅/color]',
    );
  });

  it('undoes crossings and repetitions', () => {
    assert.equal(sanitiseBb('[b]x[i]y[/b]z[/i]'), '[b]x[i]y[/i][/b][i]z[/i]');
    assert.equal(sanitiseBb('[b]x[b]y[/b]z[/b]'), '[b]xyz[/b]');
  });

  it('keeps links to the web, mail and telephone only', () => {
    for (const scheme of [
      'javascript:x',
      'data:x',
      'file:///x',
      'ftp://x',
      '//x',
      '/x',
      ' https://x',
      'https:// x',
    ]) {
      assertHarmless(sanitiseBb(`[url=${scheme}]a[/url] [url]${scheme}[/url]`));
    }
    assert.deepEqual(readBalanced(sanitiseBb('[url=javascript:x]a[/url] [url=https://x]b[/url]')).links, [
      'https://x',
    ]);
  });

  it('keeps what is allowed, in its own form', () => {
    const bb =
      '[user=all]a[/user] [USER=5 REPLACE]b[/USER] [chat=imol|7]c[/chat] [context=chat1/2]d[/context] ' +
      '[call=+7 900]e[/call] [send=/x y]f[/send] [put]g[/put] [img size=small]https://a.b/c.png [/img] ' +
      '[icon=https://a.b/c.png size=20 title=x] [disk=5] [timestamp=17 format=SHORT_TIME_FORMAT]';
    assert.equal(sanitiseBb(bb, everything), bb);
  });

  it('leaves brackets that are no tags alone', () => {
    const text = 'a[0] [1] [x] [ ] [back] [status] [Да] [user1] [b2] [image.png] array[index]';
    assert.equal(sanitiseBb(text), text);
    assert.equal(plainToBb(text), text);
  });

  it('takes out what cannot be stored, seen or read in order', () => {
    assert.equal(sanitiseBb('a\u0000b\u0007\u202Ec\r\nd\re\uD800f'), 'abc\nd\ne\uFFFDf');
  });
});

describe('plainToBb', () => {
  it('makes no quote of marks at the start of a line', () => {
    assert.equal(plainToBb('>>a\nb >> c\n>>>d'), '>\u200B>a\nb >> c\n>\u200B>>d');
    const dashes = '-'.repeat(54);
    assert.equal(
      plainToBb(`${dashes}\na\n${dashes}`),
      `-\u200B${dashes.slice(1)}\na\n-\u200B${dashes.slice(1)}`,
    );
  });
});
