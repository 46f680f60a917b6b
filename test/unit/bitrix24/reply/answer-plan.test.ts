import assert from 'node:assert/strict';
import { planOf, readPlan, resumePlan } from '../../../../lib/bitrix24/reply/answer-plan';
import { choiceKeyboard } from '../../../../lib/bitrix24/text/choices';
import type { OutgoingPiece } from '../../../../lib/bitrix24/text/render-parts';

const choices = Array.from({ length: 5 }, (_, place) => ({ id: `${place}`, label: `Choice ${place}` }));
const keyboard = choiceKeyboard(choices, 7) ?? assert.fail('no keyboard');

const pieces: OutgoingPiece[] = [
  { kind: 'message', text: 'Hello' },
  { kind: 'message', text: 'Which?', keyboard },
  { kind: 'wait', ms: 500 },
  {
    kind: 'file',
    file: { type: 'file', name: 'a.pdf', mime: 'application/pdf', url: 'https://x.example/a' },
  },
  { kind: 'file', file: { type: 'file', name: 'b.pdf', path: '/tmp/b.pdf' } },
];
const inMemory: OutgoingPiece = {
  kind: 'file',
  file: { type: 'file', name: 'c', data: Buffer.from('secret') },
};

const throughStore = (kept: readonly OutgoingPiece[]): unknown => JSON.parse(JSON.stringify(planOf(kept)));
const unexpected = (): never => assert.fail('no file is lost');

describe('the plan of an answer', () => {
  it('comes back from the store as it was', () => {
    const plan = readPlan(throughStore(pieces)) ?? assert.fail('no plan');
    assert.deepEqual(resumePlan(plan, [], unexpected), pieces);
  });

  it('does not hold the bytes of a file', () => {
    const kept = JSON.stringify(planOf([inMemory]));
    assert.ok(!kept.includes('data') && !kept.includes(Buffer.from('secret').toString('base64')), kept);
  });

  it('takes a file whose bytes are gone from what is answered now, in the same place', () => {
    const [hello = inMemory] = pieces;
    const plan = readPlan(throughStore([hello, inMemory])) ?? assert.fail('no plan');
    const anew: OutgoingPiece = { kind: 'file', file: { type: 'file', name: 'd', data: Buffer.from('new') } };
    assert.deepEqual(resumePlan(plan, [{ kind: 'wait', ms: 1 }, anew], unexpected), [hello, anew]);
  });

  it('says which file is lost, and keeps the count', () => {
    const plan = readPlan(throughStore([inMemory, ...pieces])) ?? assert.fail('no plan');
    const lost: number[] = [];
    const resumed = resumePlan(plan, pieces, (place) => lost.push(place));
    assert.deepEqual([lost, resumed.length], [[0], 6]);
    assert.deepEqual(resumed.slice(1), pieces);
  });

  for (const [what, stored] of [
    ['nothing', undefined],
    ['no list', { 0: { kind: 'wait', ms: 1 } }],
    ['a piece of another kind', [{ kind: 'message', text: 'a' }, { kind: 'video' }]],
    ['a piece that is none', [null]],
  ] as const) {
    it(`is none when the store holds ${what}`, () => {
      assert.equal(readPlan(stored), undefined);
    });
  }
});
