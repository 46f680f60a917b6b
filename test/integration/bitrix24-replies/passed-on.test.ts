import assert from 'node:assert/strict';
import { RefusedError } from '../../../lib/core/errors';
import { at } from '../../../lib/core/fields';
import { restBench } from '../bitrix24-rest/support';
import { keysOf, openDesk, severalMessages } from './support';

const bench = restBench();

/** Ours for so many questions. */
function ownedFor(questions: number): () => Promise<void> {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked > questions) throw new RefusedError('EVENT_PASSED_ON', 'another one has it');
  };
}

describe('an answer to an event that another instance has taken over', function () {
  it('is not begun, and leaves nothing that the other one would take for its own', async () => {
    const desk = await openDesk(bench);
    const { failed, sent } = await desk.answers(severalMessages('one', 'two'), { assertOurs: ownedFor(0) });
    assert.equal(at(failed, 'code'), 'EVENT_PASSED_ON');
    assert.deepEqual([desk.texts(), sent, await keysOf(desk.memory)], [[], [], []]);
  });

  it('ends before the next piece', async () => {
    const desk = await openDesk(bench);
    const said = severalMessages('one', 'two', 'three');
    const { failed, sent } = await desk.answers(said, { assertOurs: ownedFor(2) });
    assert.equal(at(failed, 'code'), 'EVENT_PASSED_ON');
    assert.deepEqual(desk.texts(), ['one']);
    assert.equal(sent.length, 1);
    // The other one goes on from there.
    desk.restart();
    const again = await desk.answers(said, { attempt: 2, assertOurs: ownedFor(9) });
    assert.equal(again.failed, undefined);
    assert.deepEqual(desk.texts(), ['one', 'two', 'three']);
  });

  it('brings no person and says no excuse: the other one answers', async () => {
    const desk = await openDesk(bench);
    const settings = { onFailure: 'operator', failureText: 'Sorry' } as const;
    const { failed } = await desk.answers('one', { ...settings, assertOurs: ownedFor(1) });
    assert.equal(at(failed, 'code'), 'EVENT_PASSED_ON');
    const handedOver = await desk.answers([], { handsOver: true, note: 'why', assertOurs: ownedFor(0) });
    assert.equal(at(handedOver.failed, 'code'), 'EVENT_PASSED_ON');
    assert.deepEqual([desk.texts(), desk.portal.calls.length], [[], 0]);
  });
});
