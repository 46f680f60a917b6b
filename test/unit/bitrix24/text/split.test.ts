import assert from 'node:assert/strict';
import { bbToPlain } from '../../../../lib/bitrix24/text/plain';
import { sanitiseBb } from '../../../../lib/bitrix24/text/sanitise';
import { splitText } from '../../../../lib/bitrix24/text/split';
import { seededRandom } from '../../core/random';
import { hostileText } from './hostile-text';
import { assertHarmless, readBalanced, words } from './portal-reading';

describe('splitText', () => {
  it('leaves alone what fits, and gives no piece for nothing', () => {
    assert.deepEqual(splitText('[b]short[/b]', 12), ['[b]short[/b]']);
    for (const nothing of ['', '  \n ', '\n'.repeat(50)]) assert.deepEqual(splitText(nothing, 20), []);
  });

  it('cuts at the best place there is', () => {
    assert.deepEqual(splitText('one two.\n\nthree four. five\nsix', 20), [
      'one two.',
      'three four. five\nsix',
    ]);
    assert.deepEqual(splitText('one two three\nfour five six', 20), ['one two three', 'four five six']);
    assert.deepEqual(splitText('One two three. Four five six', 20), ['One two three.', 'Four five six']);
    assert.deepEqual(splitText('one two three four five', 12), ['one two', 'three four', 'five']);
    assert.deepEqual(splitText('a'.repeat(25), 10), ['a'.repeat(10), 'a'.repeat(10), 'a'.repeat(5)]);
  });

  it('prefers a worse place to an almost empty piece', () => {
    const rest = 'word '.repeat(10).trim();
    assert.equal(splitText(`Hi.\n\n${rest}`, 40)[0], 'Hi.\n\nword word word word word word word');
  });

  it('takes the number of a point for no sentence', () => {
    assert.deepEqual(splitText('Choose one of these 1. apples', 24), ['Choose one of these 1.', 'apples']);
    assert.deepEqual(splitText('Good morning. These are 1. apples', 28), [
      'Good morning.',
      'These are 1. apples',
    ]);
  });

  it('closes what is open at a cut and opens it again', () => {
    assert.deepEqual(splitText('[b]one [i]two three four five six seven[/i][/b] eight', 40), [
      '[b]one [i]two three four five[/i][/b]',
      '[b][i]six seven[/i][/b] eight',
    ]);
  });

  it('leaves no empty marks at a cut', () => {
    const pieces = splitText('[b]aaaa bbbb cccc[/b] [i]dddd eeee ffff gggg[/i] [u]hhhh[/u]', 26);
    for (const piece of pieces) assert.doesNotMatch(piece, /\[(\w)\]\s*\[\/\1\]/);
  });

  it('keeps a code block whole while it fits into a piece', () => {
    const code = '[code]line one\nline two\nline three[/code]';
    assert.deepEqual(splitText(`Some words before it.\n${code}\nafter`, 45), [
      'Some words before it.',
      code,
      'after',
    ]);
  });

  it('cuts longer code between lines, and keeps its indentation', () => {
    const pieces = splitText('[code]first line\n    second line\n    third line\n\n    last[/code]', 40);
    assert.deepEqual(pieces, [
      '[code]first line\n    second line[/code]',
      '[code]    third line\n\n    last[/code]',
    ]);
  });

  it('keeps links, mentions and buttons whole', () => {
    for (const whole of [
      '[url=https://a.b/c]some more words[/url]',
      '[user=5]Ann Mary Smith Jones[/user]',
      '[send=/x]stop all of this now[/send]',
    ]) {
      assert.deepEqual(
        splitText(`words before it, and some more of them, ${whole} and after`, 60).filter((piece) =>
          piece.includes(whole),
        ).length,
        1,
      );
    }
  });

  it('does not cut an address when there is another place', () => {
    const address = `https://example.com/${'path.and/'.repeat(5)}`;
    for (const piece of splitText(`See this page: ${address} for more`, 70)) {
      assert.ok(!piece.includes('https') || piece.includes(address));
    }
  });

  it('gives up marks that would take more room than the text', () => {
    const bb = `[url=https://example.com/${'x'.repeat(80)}]one two three four five six seven eight nine ten[/url]`;
    const pieces = splitText(bb, 60);
    assert.ok(pieces.every((piece) => piece.length <= 60 && !piece.includes('[url')));
    assert.equal(words(pieces.join('')), words(bbToPlain(bb)));
  });

  it('goes on with a quote that is cut within a line', () => {
    assert.deepEqual(splitText('>>one two three four five six\nplain text here', 20), [
      '>>one two three four',
      '>>five six',
      'plain text here',
    ]);
  });

  it('cuts no character, no accent from its letter, no family apart', () => {
    for (const [cluster, size] of [
      ['😀', 3],
      ['👨‍👩‍👧‍👦', 25],
      ['e\u0301', 3],
      ['🇷🇺', 6],
      ['한', 2],
      ['👍🏽', 7],
    ] as const) {
      for (const piece of splitText(cluster.repeat(40), size)) {
        assert.equal(piece.length % cluster.length, 0, JSON.stringify(piece));
      }
    }
    assert.deepEqual(splitText('aaaa \u0301bbbb cc', 8), ['aaaa \u0301bb', 'bb cc']);
  });

  it('gets on even where not one grapheme fits', () => {
    const pile = `a${'\u0301'.repeat(100)}`;
    assert.equal(splitText(pile, 10).join(''), pile);
    for (const limit of [-1, 0, 1, 2, Number.NaN]) {
      assert.equal(splitText('😀😀[b]x[/b]', limit).join(''), '😀😀x');
    }
  });

  it('never gives more than the portal takes', () => {
    const pieces = splitText('word '.repeat(10_000), Infinity);
    assert.ok(pieces.length > 1 && pieces.every(({ length }) => length <= 20_000));
  });

  it('keeps the limit also where code begins with a blank at the end of a piece', () => {
    const pieces = splitText(`${'x'.repeat(47)}[code] ${'y'.repeat(100)}[/code]`, 60);
    assert.deepEqual(
      pieces.filter((piece) => piece.length > 60),
      [],
    );
  });

  it('keeps its promises for any text', () => {
    const random = seededRandom(31);
    for (let count = 0; count < 4_000; count += 1) {
      const bb = sanitiseBb(hostileText(random, 60));
      const limit = 10 + Math.floor(random() * 150);
      const pieces = splitText(bb, limit);
      for (const piece of pieces) {
        assert.ok(
          piece.length <= limit && piece.trim() !== '' && piece.isWellFormed(),
          JSON.stringify(piece),
        );
        assertHarmless(piece);
      }
      const arrived = withoutQuoteMarks(pieces.map(words).join(''));
      const sent = [words(bb), words(bbToPlain(bb))].map(withoutQuoteMarks);
      assert.ok(sent.includes(arrived), JSON.stringify({ bb, limit, pieces }));
    }
  });

  it('cuts a megabyte of anything', () => {
    const paragraph = '[b]Слово[/b] и дело. [url=https://a.b]Ссылка[/url]\n[code]x = 1\n[/code] 👨‍👩‍👧‍👦\n\n';
    for (const unit of [
      paragraph,
      'x',
      ' ',
      '\n',
      '[b]x[/b]',
      '>>a b\n',
      '[b][i]x[/b]y[/i]',
      '[',
      'e\u0301\u0301',
    ]) {
      const bb = sanitiseBb(unit.repeat(Math.ceil(300_000 / unit.length)));
      const pieces = splitText(bb);
      assert.ok(pieces.every((piece) => piece.length <= 4_000));
      assert.ok(withoutQuoteMarks(pieces.map(words).join('')) === withoutQuoteMarks(words(bb)));
    }
    const bb = paragraph.repeat(Math.ceil(1_000_000 / paragraph.length));
    const pieces = splitText(bb);
    pieces.forEach(readBalanced);
    assert.ok(pieces.map(words).join('') === words(bb));
  });
});

/** A quote that is cut gets its mark again. */
function withoutQuoteMarks(text: string): string {
  return text.replaceAll('>', '');
}
