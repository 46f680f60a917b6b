import assert from 'node:assert/strict';
import type { Inbox } from '../../../lib/conversation/inbox/types';
import { createInbox } from '../../../lib/conversation/inbox/inbox';
import { systemClock } from '../../../lib/core/clock';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { StandIn } from '../../../lib/store/offer';
import type { Store } from '../../../lib/store/store';
import { joinIntake } from '../../../nodes/runtime/intakes';
import { eventOf } from '../conversation/inbox-scene';

const standIn: StandIn = {
  folder: '/nowhere/waiting-store',
  isThere: () => false,
  lease: () => assert.fail('nothing has to wait'),
};

/** A portal node, and the store in which its events should be. */
function portal(id: string): { store: Store; user: Parameters<typeof joinIntake>[1]; inbox: Inbox } {
  const store = createMemoryStore();
  const inbox = createInbox({
    ...{ store, clock: systemClock, owner: 'me' },
    eventMaxAgeMs: () => 3_600_000,
    deadLetterMs: () => 3_600_000,
  });
  return { store, inbox, user: { id, inbox: () => Promise.resolve(inbox), say: () => undefined } };
}

async function queuesOf(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const { queue } of store.queues()) names.push(queue);
  return names;
}

describe('an intake of several portal nodes', () => {
  it('brings each event to the inbox of the node that believed it, and to another one when that is gone', async () => {
    const [one, two] = [portal('one'), portal('two')];
    const first = joinIntake(standIn, one.user);
    const second = joinIntake(standIn, two.user);
    await first.intake.receive(eventOf(1, { dialog: 'chat1' }), {}, 'one');
    await first.intake.receive(eventOf(2, { dialog: 'chat2' }), {}, 'two');
    assert.deepEqual(
      [await queuesOf(one.store), await queuesOf(two.store)],
      [['inbox:m1:5:chat1'], ['inbox:m1:5:chat2']],
    );
    second.leave();
    await first.intake.receive(eventOf(3, { dialog: 'chat3' }), {}, 'two');
    assert.deepEqual(await queuesOf(one.store), ['inbox:m1:5:chat1', 'inbox:m1:5:chat3']);
    first.leave();
    for (const { inbox } of [one, two]) inbox.close();
  });
});
