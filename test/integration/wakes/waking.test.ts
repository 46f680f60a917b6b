import assert from 'node:assert/strict';
import type { Inbox } from '../../../lib/conversation/inbox/types';
import { until } from '../../support/until';
import { useRedis } from '../store/redis-bench';
import { inboxOn, instanceOn, neverSwept, quickTimes, readerThat, say } from './inbox-bench';

describe('the inbox of several instances', function () {
  const redis = useRedis();

  it('hands each event of a dialog to one of them, in order, and one at a time', async () => {
    const heard: string[] = [];
    const busy = new Set<string>();
    let overlaps = 0;
    const reader = readerThat(async ({ dialogId, text }) => {
      if (busy.has(dialogId)) overlaps += 1;
      busy.add(dialogId);
      await new Promise((resolve) => setImmediate(resolve));
      busy.delete(dialogId);
      heard.push(`${dialogId} ${text}`);
      return { how: 'finished' };
    });
    const inboxes: Inbox[] = [];
    for (let n = 0; n < 3; n += 1) {
      inboxes.push(instanceOn(await redis.open({ wakeTimes: quickTimes }), reader));
    }
    const dialogs = Array.from({ length: 20 }, (_, n) => `chat${n}`);
    for (let n = 0; n < 15; n += 1) {
      await Promise.all(
        dialogs.map((dialog, place) => {
          const inbox = inboxes[(place + n) % 3];
          return inbox ? say(inbox, dialog, String(n)) : Promise.reject(new Error('no inbox'));
        }),
      );
    }
    await until(() => heard.length >= 300, 'all to be handled');
    const order = Array.from({ length: 15 }, (_, n) => n).join();
    for (const dialog of dialogs) {
      const own = heard.filter((one) => one.startsWith(`${dialog} `)).map((one) => one.split(' ')[1]);
      assert.equal(own.join(), order, dialog);
    }
    assert.equal(overlaps, 0);
  });

  it('hears of what comes after it has found the queue empty, at once and each time', async () => {
    let count = 0;
    const reader = readerThat(() => {
      count += 1;
      return { how: 'finished' };
    });
    const store = await redis.open({ wakeTimes: neverSwept });
    let said = 0;
    const peek: typeof store.peek = async (...given) => {
      const items = await store.peek(...given);
      if (items.length > 0 || said >= 300) return items;
      // From within the gap: the worker will know that there is nothing, and nobody else does yet.
      said += 1;
      await say(inbox, 'chat1', `again ${said}`);
      return items;
    };
    const inbox = inboxOn({ ...store, peek });
    inbox.serve({ id: 'portal', readerOf: () => reader });
    await say(inbox, 'chat1', 'first');
    await until(() => count > 300, 'all 301 events');
    assert.equal(count, 301);
  });
});
