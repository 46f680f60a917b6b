import assert from 'node:assert/strict';
import type { DeliveryEnd } from '../../../lib/bitrix24/events/reader';
import { until } from '../../support/until';
import { eventOf, readerOf } from '../../unit/conversation/inbox-scene';
import { all } from '../../support/store-suite';
import { useRedis } from '../store/redis-bench';
import { inboxOn, instanceOn, quickTimes, readerThat, say } from './inbox-bench';

const failed: DeliveryEnd = { how: 'failed', reason: 'the flow broke' };

describe('the instances take turns', function () {
  const redis = useRedis();
  const open = (wakeTimes = quickTimes) => redis.open({ wakeTimes });

  it('and try an event again later that failed, before what came behind it', async () => {
    const heard: string[] = [];
    const reader = readerThat(({ text, attempt = 0 }) => {
      heard.push(`${text} ${attempt}`);
      return attempt === 1 && text === 'bad' ? failed : { how: 'finished' };
    });
    const inbox = instanceOn(await open(), reader);
    instanceOn(await open(), reader);
    await say(inbox, 'chat1', 'bad');
    await say(inbox, 'chat1', 'good');
    await until(() => heard.length === 3, 'three hand-outs');
    assert.deepEqual(heard, ['bad 1', 'bad 2', 'good 1']);
  });

  it('and join quick messages, until a file ends the waiting', async () => {
    const reader = readerOf({ batchMs: 20_000, batchMaxMs: 30_000 });
    const inbox = instanceOn(await open({ ...quickTimes, windowEvery: 100 }), reader);
    await say(inbox, 'chat1', 'one');
    await say(inbox, 'chat1', 'two');
    await until(() => inbox.parked() === 0, 'the window to be open');
    assert.equal(reader.handed.length, 0);
    await inbox.receive(eventOf(900_001, { dialog: 'chat1', text: '', fileId: 1 }), {}, 'portal');
    await until(() => reader.handed.length === 1, 'the messages to be handed out');
    assert.deepEqual(reader.texts(), ['one\ntwo']);
  });

  it('and let a dialog wait for a place no longer than another one is busy', async () => {
    const heard: string[] = [];
    const reader = readerThat(
      async ({ dialogId }) => {
        heard.push(dialogId);
        await new Promise((resolve) => setImmediate(resolve));
        return { how: 'finished' };
      },
      { maxDialogs: 1 },
    );
    const inbox = inboxOn(await open({ ...quickTimes, looksPerTurn: 5 }));
    for (let n = 0; n < 40; n += 1) await say(inbox, 'chat1', `busy ${n}`);
    await say(inbox, 'chat2', 'quiet');
    inbox.serve({ id: 'portal', readerOf: () => reader });
    await until(() => heard.length === 41, 'all events');
    assert.ok(heard.indexOf('chat2') < 40, heard.join());
  });

  it('and leave what one has no reader for to one that has', async () => {
    const reader = readerOf();
    const without = inboxOn(await open());
    await say(without, 'chat1', 'hello');
    await until(() => without.parked() === 1, 'the event to be parked');
    instanceOn(await open(), reader);
    await until(() => reader.handed.length === 1, 'the other to have it');
    await until(() => without.parked() === 0, 'the first to know that it has it no more');
    reader.handed[0]?.end();
  });

  it('and look at once when a reader has come', async () => {
    const reader = readerOf();
    const inbox = inboxOn(await open({ ...quickTimes, parked: 3_600_000 }));
    await say(inbox, 'chat1', 'hello');
    await until(() => inbox.parked() === 1, 'the event to be parked');
    inbox.serve({ id: 'portal', readerOf: () => reader });
    await until(() => reader.handed.length === 1, 'the event');
    assert.equal(inbox.parked(), 0);
    reader.handed[0]?.end();
  });

  it('and look at once also when it comes while its lack is being noted', async () => {
    const reader = readerOf();
    // Where others are there as well, more has to be noted.
    await open();
    const inbox = inboxOn(await open({ ...quickTimes, parked: 3_600_000, parkedFirst: 3_600_000 }));
    const come = (): void => void inbox.serve({ id: 'portal', readerOf: () => reader });
    inbox.serve({ id: 'portal', readerOf: () => void setImmediate(come) });
    await say(inbox, 'chat1', 'hello');
    await until(() => reader.handed.length === 1, 'the event');
    reader.handed[0]?.end();
  });

  it('and hand out nothing where flows are deployed, while others go on', async () => {
    const [paused, other] = [readerOf(), readerOf()];
    const inbox = instanceOn(await open(), paused);
    inbox.pause();
    for (const n of [1, 2, 3, 4]) await say(inbox, `chat${n}`, `text ${n}`);
    instanceOn(await open(), other);
    await until(() => other.handed.length === 4, 'the other to have all');
    assert.equal(paused.handed.length, 0);
    for (const one of other.handed) one.end();
    inbox.resume();
    await say(inbox, 'chat9', 'after');
    await until(() => paused.handed.length + other.handed.length === 5, 'the next event');
  });

  it('and do not hold the deploy of one against an event that another one gets', async () => {
    const rules = { attempts: 1 };
    const [one, other] = [readerOf(rules), readerOf(rules)];
    const inbox = instanceOn(await open(), one);
    await say(inbox, 'chat1', 'hello');
    await until(() => one.handed.length === 1, 'the event');
    const store = await open();
    instanceOn(store, other);
    inbox.pause();
    one.handed[0]?.end({ how: 'interrupted' });
    await until(() => other.handed.length === 1, 'the other to have it');
    assert.deepEqual([other.handed[0]?.event.attempt, other.handed[0]?.event.redelivered], [2, true]);
    other.handed[0]?.end(failed);
    await until(() => other.dead.length === 1, 'it to be given up');
    const letters = await all(store.deadLetters());
    assert.deepEqual(
      letters.map(({ reason }) => reason),
      ['the flow broke'],
    );
  });

  it('and take over at once what one had that is closed', async () => {
    const [one, other] = [readerOf(), readerOf()];
    const closing = await open();
    const inbox = instanceOn(closing, one);
    await say(inbox, 'chat1', 'hello');
    await until(() => one.handed.length === 1, 'the event');
    instanceOn(await open(), other);
    await closing.close();
    await until(() => other.handed.length === 1, 'the other to have it');
    assert.equal(other.handed[0]?.event.attempt, 2);
    other.handed[0]?.end();
  });

  it('and tell what waits for a reader, wherever it is worked on', async () => {
    const reader = readerOf({ maxDialogs: 1 });
    const inbox = instanceOn(await open(), reader);
    const store = await open();
    const watching = inboxOn(store);
    const watcher = readerOf();
    for (const n of [1, 2, 3]) await say(inbox, 'chat1', `text ${n}`);
    await until(() => reader.handed.length === 1, 'the first event');
    const here = (await inbox.backlog()).get(reader);
    assert.deepEqual([here?.waiting, here?.running], [2, 1]);
    watching.pause();
    watching.serve({ id: 'portal', readerOf: () => watcher });
    const there = (await watching.backlog()).get(watcher);
    assert.deepEqual([there?.waiting, there?.running], [2, 0]);
  });
});
