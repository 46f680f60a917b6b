import assert from 'node:assert/strict';
import { redisUnavailable } from '../../../../lib/store/redis/reasons';
import { createTrouble } from '../../../../lib/store/redis/wakes/trouble';

describe('what goes wrong with waking', () => {
  const answer = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

  it('is one trouble, whether BullMQ or a look at the queue came upon it, and is told again after a minute', () => {
    let now = 0;
    const told: string[] = [];
    const trouble = createTrouble({
      monotonic: () => now,
      onReason: (reason) => told.push(reason),
      onNoState: () => undefined,
    });
    const full = answer("OOM command not allowed when used memory > 'maxmemory'.");
    trouble.note(full);
    trouble.note(redisUnavailable('OOM', false));
    assert.deepEqual(told, ['OOM']);
    now += 60_000;
    trouble.note(redisUnavailable('OOM', false));
    trouble.note(redisUnavailable('TIMEOUT', true));
    trouble.note(full);
    assert.deepEqual(told, ['OOM', 'OOM', 'TIMEOUT']);
  });
});
