import assert from 'node:assert/strict';
import { createAnswerTurns } from '../../../../lib/bitrix24/reply/answer-turns';

const never = new AbortController().signal;

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('the turns of answers', () => {
  it('number the answers of a node in one hand-out of an event, and begin anew with the next', () => {
    const { place } = createAnswerTurns();
    const first = { eventId: 'e', attempt: 1 };
    assert.deepEqual([place('a', first), place('a', first), place('a', first)], [0, 1, 2]);
    assert.deepEqual([place('b', first), place('a', { eventId: 'f', attempt: 1 })], [0, 0]);
    assert.equal(place('a', { eventId: 'e', attempt: 2 }), 0);
  });

  it('forget the oldest when there are too many', () => {
    const { place, begin } = createAnswerTurns(2);
    for (const eventId of ['e', 'f', 'g']) place('a', { eventId, attempt: 1 });
    assert.deepEqual(
      ['g', 'f', 'e'].map((eventId) => place('a', { eventId, attempt: 1 })),
      [1, 1, 0],
    );
    assert.deepEqual(['e', 'f', 'g', 'g', 'e'].map(begin), [false, false, false, true, false]);
  });

  it('let one dialog in after the other, and dialogs side by side', async () => {
    const { inOrder } = createAnswerTurns();
    const seen: string[] = [];
    const { opened, open } = gate();
    const first = inOrder('d', never, async () => {
      await opened;
      seen.push('first');
    });
    const second = inOrder('d', never, async () => void seen.push('second'));
    await inOrder('other', never, async () => void seen.push('other'));
    open();
    await Promise.all([first, second]);
    assert.deepEqual(seen, ['other', 'first', 'second']);
  });

  it('go on after an answer that failed', async () => {
    const { inOrder } = createAnswerTurns();
    const failed = inOrder('d', never, () => Promise.reject(new Error('no')));
    const next = inOrder('d', never, () => Promise.resolve('yes'));
    await assert.rejects(failed, /no/);
    assert.equal(await next, 'yes');
  });

  it('let nobody pass who waits behind one that has given up', async () => {
    const { inOrder } = createAnswerTurns();
    const seen: string[] = [];
    const { opened, open } = gate();
    const leaving = new AbortController();
    const first = inOrder('d', never, async () => {
      await opened;
      seen.push('first');
    });
    const gone = inOrder('d', leaving.signal, async () => void seen.push('gone'));
    const third = inOrder('d', never, async () => void seen.push('third'));
    leaving.abort();
    await assert.rejects(gone, { code: 'CANCELLED' });
    open();
    await Promise.all([first, third]);
    assert.deepEqual(seen, ['first', 'third']);
  });
});
