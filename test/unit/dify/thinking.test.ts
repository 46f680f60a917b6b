import assert from 'node:assert/strict';
import { stripThinking, stripThinkingSoFar } from '../../../lib/dify/thinking';

describe('reasoning in an answer', () => {
  for (const [text, expected] of [
    ['plain  text ', 'plain  text '],
    ['<think>hm</think>\n\nHello', 'Hello'],
    ['<THINK class="a">hm</Think >Hello', 'Hello'],
    ['A <think>x<think>y</think>z</think>B', 'A B'],
    ['Hello <think>never closed', 'Hello'],
    ['<think></think>', ''],
    ['begun without a tag</think>Hello', 'Hello'],
    ['<think>a</think>the tag </think> ends it', 'the tag  ends it'],
    ['<details open><summary> Thinking... </summary>hm</details>Hello', 'Hello'],
    ['<details><summary>More</summary>text</details>', '<details><summary>More</summary>text</details>'],
    ['<think>a</details>b</think>c', 'c'],
    ['a < b and <thinker> stay', 'a < b and <thinker> stay'],
  ] as const) {
    it(`leaves ${JSON.stringify(expected)} of ${JSON.stringify(text)}`, () =>
      assert.equal(stripThinking(text), expected));
  }

  it('is never seen while the answer grows', () => {
    for (const whole of [
      '<think>secret</think>Hello',
      'Hi <THINK>secret <b>',
      '<details><summary>Thinking...</summary>secret</details>Hi',
    ]) {
      for (let length = 0; length <= whole.length; length += 1) {
        const seen = stripThinkingSoFar(whole.slice(0, length));
        assert.ok(!/secret|<th|<det/i.test(seen), `${length}: ${seen}`);
      }
    }
    assert.equal(stripThinkingSoFar('5 < 6'), '5 < 6');
  });

  it('takes no time to speak of in a text made of its beginnings', () => {
    const text = '<think '.repeat(50_000) + '<details '.repeat(50_000);
    assert.equal(stripThinking(text), text);
  });
});
