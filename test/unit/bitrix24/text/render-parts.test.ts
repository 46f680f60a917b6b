import assert from 'node:assert/strict';
import type { Part } from '../../../../lib/core/parts';
import type { Keyboard } from '../../../../lib/bitrix24/text/choices';
import {
  renderParts,
  type OutgoingPiece,
  type PartsRendering,
} from '../../../../lib/bitrix24/text/render-parts';

const inside: PartsRendering = { channel: 'bitrix', botId: 567 };
const outside: PartsRendering = { channel: 'open-channel', botId: 567 };

function text(words: string, format: 'markdown' | 'bbcode' | 'plain' = 'markdown'): Part {
  return { type: 'text', text: words, format };
}

function choices(labels: readonly string[], more: { prompt?: string; multiple?: boolean } = {}): Part {
  return { type: 'choices', items: labels.map((label, index) => ({ id: `i${index}`, label })), ...more };
}

function send(label: string) {
  return { TEXT: label, ACTION: 'SEND' as const, ACTION_VALUE: label, DISPLAY: 'LINE' as const };
}

function keyboardOf(piece: OutgoingPiece | undefined): Keyboard | undefined {
  return piece?.kind === 'message' ? piece.keyboard : undefined;
}

function textOf(piece: OutgoingPiece | undefined): string | undefined {
  return piece?.kind === 'message' ? piece.text : undefined;
}

describe('renderParts', () => {
  it('joins texts of all formats, in order', () => {
    const parts = [
      text('**a**'),
      text('[i]b[/i] [user=all]', 'bbcode'),
      text('[i]c[/i]', 'plain'),
      text(' \n '),
    ];
    assert.deepEqual(renderParts(parts, inside), [
      { kind: 'message', text: '[b]a[/b]\n\n[i]b[/i] [\u200Buser=all]\n\n[\u200Bi]c[\u200B/i]' },
    ]);
  });

  it('speaks BB code in an Open Channel too: its connector turns it into what the messenger knows', () => {
    const parts = [text('**a** [link](https://a.b)\n\n- x\n\n`code`')];
    assert.deepEqual(renderParts(parts, outside), [
      { kind: 'message', text: '[b]a[/b] [url=https://a.b]link[/url]\n\n• x\n\n[code]code[/code]' },
    ]);
  });

  it('lets through what is allowed', () => {
    const parts = [text('[user=5]Ann[/user]', 'bbcode')];
    assert.equal(
      textOf(renderParts(parts, { ...inside, allow: { mentions: true } })[0]),
      '[user=5]Ann[/user]',
    );
  });

  it('keeps files and pauses where they are', () => {
    const file: Part = { type: 'file', name: 'a.pdf', url: 'https://a.b/a.pdf' };
    const parts: Part[] = [
      text('a'),
      file,
      { type: 'wait', ms: 500 },
      text('b'),
      text('c'),
      { type: 'wait', ms: 0 },
      text('d'),
    ];
    assert.deepEqual(renderParts(parts, inside), [
      { kind: 'message', text: 'a' },
      { kind: 'file', file },
      { kind: 'wait', ms: 500 },
      { kind: 'message', text: 'b\n\nc' },
      { kind: 'message', text: 'd' },
    ]);
  });

  it('starts a new message rather than cut a text that would fit', () => {
    const parts = [text('a'.repeat(30)), text('b'.repeat(30)), text('c'.repeat(10))];
    const texts = renderParts(parts, { ...inside, limit: 50 }).map(textOf);
    assert.deepEqual(texts, ['a'.repeat(30), `${'b'.repeat(30)}\n\n${'c'.repeat(10)}`]);
  });

  it('splits at 4 000 in Open Channels and at 20 000 elsewhere', () => {
    const long = text('word '.repeat(3_000));
    assert.equal(renderParts([long], outside).length, 4);
    assert.equal(renderParts([long], inside).length, 1);
  });

  it('hangs the keyboard on the text before it', () => {
    const pieces = renderParts([text('Sure?'), choices(['Yes', 'No']), text('after')], inside);
    assert.deepEqual(pieces, [
      { kind: 'message', text: 'Sure?', keyboard: { BOT_ID: 567, BUTTONS: [send('Yes'), send('No')] } },
      { kind: 'message', text: 'after' },
    ]);
  });

  it('takes the prompt for the text, as plain text', () => {
    const [piece] = renderParts([choices(['Yes'], { prompt: 'Sure **now**?' })], inside);
    assert.equal(textOf(piece), 'Sure **now**?');
    assert.ok(keyboardOf(piece));
  });

  it('hangs the keyboard on the last piece of a long text', () => {
    const pieces = renderParts([text('word '.repeat(50)), choices(['Yes'])], { ...inside, limit: 100 });
    assert.deepEqual(
      pieces.map((piece) => keyboardOf(piece) !== undefined),
      [false, false, true],
    );
  });

  it('lists and offers buttons in Open Channels', () => {
    const [piece] = renderParts([text('Sure?'), choices(['Yes', 'No'])], outside);
    assert.equal(textOf(piece), 'Sure?\n\n1. Yes\n2. No');
    assert.equal(keyboardOf(piece)?.BUTTONS.length, 2);
  });

  it('does as it is told', () => {
    const parts = [text('Sure?'), choices(['Yes', 'No'])];
    const shown = (rendering: PartsRendering) =>
      renderParts(parts, rendering).map((piece) => [textOf(piece), keyboardOf(piece) !== undefined]);
    assert.deepEqual(shown({ ...outside, choices: 'keyboard' }), [['Sure?', true]]);
    assert.deepEqual(shown({ ...inside, choices: 'list' }), [['Sure?\n\n1. Yes\n2. No', false]]);
    assert.deepEqual(shown({ ...inside, choices: 'both' }), [['Sure?\n\n1. Yes\n2. No', true]]);
  });

  it('gives a keyboard without any text the list for one', () => {
    const [piece] = renderParts([choices(['Yes', 'No'])], inside);
    assert.equal(textOf(piece), '1. Yes\n2. No');
    assert.ok(keyboardOf(piece));
  });

  it('lists what takes more than one click', () => {
    assert.equal(
      textOf(renderParts([text('Which?'), choices(['a', 'b'], { multiple: true })], inside)[0]),
      'Which?\n\n1. a\n2. b',
    );
  });

  it('lists what no keyboard can hold', () => {
    const many = Array.from({ length: 101 }, (_unused, index) => `Choice ${index}`);
    const long = Array.from({ length: 90 }, (_unused, index) => `${index} ${'длинный '.repeat(12)}`);
    for (const labels of [many, long]) {
      const pieces = renderParts([text('Which?'), choices(labels)], inside);
      assert.ok(pieces.every((piece) => keyboardOf(piece) === undefined));
      assert.ok(textOf(pieces[0])?.startsWith('Which?\n\n1. '));
    }
    assert.ok(keyboardOf(renderParts([text('Which?'), choices(many.slice(0, 100))], inside)[0]));
  });

  it('asks nothing when there is nothing to choose', () => {
    assert.deepEqual(renderParts([choices([], { prompt: 'Hm?' })], inside), [
      { kind: 'message', text: 'Hm?' },
    ]);
    assert.deepEqual(renderParts([choices([])], inside), []);
  });

  it('puts short buttons beside each other', () => {
    const [piece] = renderParts([text('?'), choices(['a', 'b', 'c', 'd', 'e', 'x'.repeat(40), 'f'])], inside);
    const rows = keyboardOf(piece)
      ?.BUTTONS.map((button) => ('TYPE' in button ? '|' : button.TEXT[0]))
      .join('');
    assert.equal(rows, 'abcd|e|x|f');
  });

  it('makes labels of one line, of a sane length, and no two alike', () => {
    const part: Part = {
      type: 'choices',
      items: [
        { id: '1', label: 'two\nlines\u202E \u0000 here' },
        { id: '2', label: 'x'.repeat(300) },
        { id: '3', label: ' ', value: 'from value' },
        { id: 'from id', label: '' },
        { id: '5', label: 'same' },
        { id: '6', label: 'same' },
      ],
    };
    const labels = keyboardOf(renderParts([text('?'), part], inside)[0])?.BUTTONS.flatMap((button) =>
      'TEXT' in button ? [button.TEXT] : [],
    );
    assert.deepEqual(labels, [
      'two lines here',
      `${'x'.repeat(99)}…`,
      'from value',
      'from id',
      'same (1)',
      'same (2)',
    ]);
  });

  it('makes nobody who clicks or reads a choice mention others', () => {
    const [piece] = renderParts([text('?'), choices(['[user=all]x[/user]', '[b]bold[/b]'])], {
      ...inside,
      choices: 'both',
      allow: { mentions: true },
    });
    const [button] = keyboardOf(piece)?.BUTTONS ?? [];
    assert.ok(button !== undefined && 'ACTION_VALUE' in button);
    assert.equal(button.ACTION_VALUE, '[\u200Buser=all]x[\u200B/user]');
    assert.equal(textOf(piece), '?\n\n1. [\u200Buser=all]x[\u200B/user]\n2. [\u200Bb]bold[\u200B/b]');
  });

  it('numbers no numbers', () => {
    assert.equal(
      textOf(renderParts([text('Rate us'), choices(['0', '1', '2'])], outside)[0]),
      'Rate us\n\n• 0\n• 1\n• 2',
    );
  });
});
