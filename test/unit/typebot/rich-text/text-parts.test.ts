import assert from 'node:assert/strict';
import { richTextToBb, textParts } from '../../../../lib/typebot/rich-text/rich-text';

const p = (text: string) => ({ type: 'p', children: [{ text }] });
const part = (text: string, format: 'bbcode' | 'markdown') => ({ type: 'text', text, format });
const raw = { markdownInText: true };

describe('textParts', () => {
  it('gives rich text as BB code, with its own blank lines', () => {
    const richText = [p(''), p('a'), p(''), p(''), p('b'), p('')];
    assert.equal(richTextToBb(richText), '\na\n\n\nb\n');
    assert.deepEqual(textParts({ type: 'richText', richText }), [part('\na\n\n\nb\n', 'bbcode')]);
  });

  it("gives the server's Markdown as it is", () => {
    assert.deepEqual(textParts({ type: 'markdown', markdown: ' **a**\n\n[b] ' }), [
      part(' **a**\n\n[b] ', 'markdown'),
    ]);
    assert.deepEqual(textParts({ type: 'markdown', markdown: '**a**' }, raw), [part('**a**', 'markdown')]);
  });

  it('gives nothing where there is nothing to read', () => {
    const nothing: unknown[] = [
      ...[undefined, null, 5, 'text', [], {}, { type: 'richText' }, { type: 'markdown' }],
      ...[null, [], [null], {}, '', [p('')], [p(' '), p('\n')]].map((richText) => ({ richText })),
      ...['', ' \n ', null, 5].map((markdown) => ({ type: 'markdown', markdown })),
    ];
    for (const content of nothing) {
      assert.deepEqual(textParts(content), [], JSON.stringify(content));
      assert.deepEqual(textParts(content, raw), [], JSON.stringify(content));
    }
  });

  it('takes one element for a list of one, and a text for a leaf', () => {
    assert.equal(richTextToBb(p('a')), 'a');
    assert.equal(richTextToBb('[b]a'), '[\u200Bb]a');
  });

  it('leaves raw Markdown alone unless it is asked for', () => {
    const richText = [p('**a**'), p('- b')];
    assert.deepEqual(textParts({ richText }), [part('**a**\n- b', 'bbcode')]);
    assert.deepEqual(textParts({ richText }, raw), [part('**a**\n- b', 'markdown')]);
  });

  it('gives only the elements with raw Markdown as Markdown', () => {
    const richText = [p('before [b]'), p('see [site](https://a.b)'), p('2*3*4 = 24'), p('~~x~~')];
    assert.deepEqual(textParts({ richText }, raw), [
      part('before [\u200Bb]', 'bbcode'),
      part('see [site](https://a.b)', 'markdown'),
      part('2*3*4 = 24', 'bbcode'),
      part('~~x~~', 'markdown'),
    ]);
  });

  const signs = [
    ...['**a**', '__a__', '*a*', '_a b_', '~~a~~', '`a`', '```\na', '# a', '### a', '- a', '* a', '+ a'],
    ...['1. a', '2) a', '> a', '>a', 'a\n- b', '[a](https://b.c)', '![](https://b.c/d.png)'],
    ...[
      'a | b\n--|--\n1 | 2',
      '|:-:|',
      '<b>a</b>',
      'a<br>b',
      'a<br/>b',
      '<a href="https://b.c">d</a>',
      '</p>',
    ],
  ];
  const plain = [
    ...[
      'a',
      '2*3*4',
      'snake_case_name',
      'a * b',
      '5 - 3',
      '-5 °C',
      '#tag',
      '1.5',
      'a_',
      '*',
      '**',
      '`',
      'a > b',
    ],
    ...['[a] (b)', 'a|b', '----', '<bob@example.com>', '1 < 2 > 0', '<<b', 'C:\\*.*', '\\(x\\)', '(a)[c]'],
  ];
  for (const text of signs) {
    it(`sees Markdown in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(textParts({ richText: [p(text)] }, raw), [part(text, 'markdown')]);
    });
  }
  for (const text of plain) {
    it(`sees none in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(textParts({ richText: [p(text)] }, raw), [part(text, 'bbcode')]);
    });
  }

  it('looks for no Markdown in code', () => {
    const richText = [{ type: 'p', children: [{ text: '**a**', code: true }] }];
    assert.deepEqual(textParts({ richText }, raw), [part('[code]**a**[/code]', 'bbcode')]);
  });

  it('keeps a line behind a list of Markdown out of the list', () => {
    const texts = (...lines: string[]) => textParts({ richText: lines.map(p) }, raw);
    assert.deepEqual(texts('- a', '- b', '**c**', 'd `e`'), [part('- a\n- b\n\n**c**\nd `e`', 'markdown')]);
    assert.deepEqual(texts('> a', '# b', '**c**'), [part('> a\n# b\n**c**', 'markdown')]);
    assert.deepEqual(texts('```', '- a', 'b', '```', '**c**'), [part('```\n- a\nb\n```\n**c**', 'markdown')]);
  });
});
