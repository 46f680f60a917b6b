import assert from 'node:assert/strict';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { until } from '../../support/until';
import { eventOf, readerOf } from '../../unit/conversation/inbox-scene';
import { useRedis } from '../store/redis-bench';
import { inboxOn, instanceOn, neverSwept, readerThat, say } from './inbox-bench';

const hour = 3_600_000;

describe('instances that do not have the same', function () {
  const redis = useRedis();

  it('leave each other what only the other has a reader for, without a pause', async () => {
    const heard: string[] = [];
    const open = () => redis.open({ wakeTimes: { ...neverSwept, parked: hour } });
    const inboxes = await Promise.all(
      ['P', 'Q'].map(async (portal) => {
        const inbox = inboxOn(await open());
        const reader = readerThat(({ text }) => {
          heard.push(`${portal} ${text}`);
          return { how: 'finished' };
        });
        inbox.serve({
          id: portal,
          readerOf: ({ portal: { memberId } }) => (memberId === portal ? reader : undefined),
        });
        return { portal, inbox };
      }),
    );
    const expected: string[] = [];
    let sent = 910_000;
    for (let n = 0; n < 20; n += 1) {
      for (const { portal, inbox } of inboxes) {
        const event = eventOf((sent += 1), { dialog: `chat${n}`, text: `text ${n}` });
        await inbox.receive({ ...event, portal: { ...event.portal, memberId: portal } }, {}, portal);
        expected.push(`${portal} text ${n}`);
      }
    }
    await until(() => heard.length === expected.length, 'each to have its own');
    assert.deepEqual(heard.sort(), expected.sort());
  });

  it('end a window at once when what ends it comes to the one that waits', async () => {
    const reader = readerOf({ batchMs: 60_000, batchMaxMs: 60_000 });
    const store = await redis.open({ wakeTimes: { ...neverSwept, windowEvery: hour } });
    const inbox = instanceOn(store, reader);
    await say(inbox, 'chat1', 'one');
    const asleep = (): Promise<number> => redis.client().zcard('{bitbot}:~:jobs:inbox:delayed');
    await until(async () => (await asleep()) === 1, 'the window to be open');
    await inbox.receive(eventOf(900_002, { dialog: 'chat1', text: '', fileId: 1 }), {}, 'portal');
    await until(() => reader.handed.length === 1, 'the window to end');
    reader.handed[0]?.end();
  });

  it('read all that waits in a dialog only when there is a place for it', async () => {
    const store = createMemoryStore();
    const read: number[] = [];
    const peek: typeof store.peek = (queue, limit) => {
      read.push(limit);
      return store.peek(queue, limit);
    };
    const reader = readerOf({ maxDialogs: 1 });
    const inbox = instanceOn({ ...store, peek }, reader);
    await say(inbox, 'chat1', 'one');
    await until(() => reader.handed.length === 1, 'the first');
    reader.rules.batchMs = 1;
    await say(inbox, 'chat2', 'two');
    await until(() => read.length === 2, 'a look at the second');
    reader.handed[0]?.end();
    await until(() => reader.handed.length === 2, 'the second');
    assert.deepEqual(read.slice(0, 2), [1, 1]);
    assert.ok(read.slice(2).includes(100), read.join());
    reader.handed[1]?.end();
    await store.close();
  });
});
