import assert from 'node:assert/strict';
import { CancelledError, UnreachableError } from '../../../lib/core/errors';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { createInbox } from '../../../lib/conversation/inbox/inbox';
import { manualClock } from '../../support/manual-clock';
import { eventOf, openScene, readerOf } from './inbox-scene';

const failed = { how: 'failed', reason: 'the flow broke' } as const;

describe('the inbox', () => {
  it('hands an event out once, with the tokens that were kept with it', async () => {
    const reader = readerOf();
    const { inbox, pass } = openScene(reader);
    await inbox.receive(eventOf(1), { access_token: 'a' }, 'portal');
    await pass(0);
    const [first] = reader.handed;
    assert.deepEqual(first?.tokens, { access_token: 'a' });
    assert.deepEqual([first?.event.attempt, first?.event.redelivered], [1, false]);
    first?.end();
    await pass(1000);
    assert.equal(reader.handed.length, 1);
  });

  it('takes an event that comes again for the same within a day, and says so', async () => {
    const reader = readerOf();
    const { say, pass } = openScene(reader);
    assert.equal(await say(1), 'stored');
    assert.equal(await say(1), 'duplicate');
    reader.handed[0]?.end();
    await pass(0);
    assert.equal(await say(1), 'duplicate');
    assert.equal(reader.handed.length, 1);
    await pass(24 * 60 * 60_000 + 1);
    assert.equal(await say(1), 'stored');
  });

  it('keeps the order of a dialog and handles one event of it at a time', async () => {
    const reader = readerOf();
    const { say, pass } = openScene(reader);
    for (const id of [1, 2, 3]) await say(id);
    assert.deepEqual(reader.texts(), ['text 1']);
    reader.handed[0]?.end();
    await pass(0);
    assert.deepEqual(reader.texts(), ['text 1', 'text 2']);
    reader.handed[1]?.end();
    await pass(0);
    assert.deepEqual(reader.texts(), ['text 1', 'text 2', 'text 3']);
  });

  it('lets no dialog wait for another, nor one bot for another in the same chat', async () => {
    const reader = readerOf();
    const { say } = openScene(reader);
    await say(1, { dialog: 'chat1' });
    await say(2, { dialog: 'chat2' });
    await say(3, { dialog: 'chat1', bot: 6 });
    assert.deepEqual(reader.texts(), ['text 1', 'text 2', 'text 3']);
  });

  it('works on no more dialogs at once than it may, and takes the others in turn', async () => {
    const reader = readerOf({ maxDialogs: 2 });
    const { say, pass } = openScene(reader);
    for (const id of [1, 2, 3, 4]) await say(id, { dialog: `chat${id}` });
    await say(5, { dialog: 'chat1' });
    assert.deepEqual(reader.texts(), ['text 1', 'text 2']);
    reader.handed[0]?.end();
    await pass(0);
    assert.deepEqual(reader.texts(), ['text 1', 'text 2', 'text 3']);
    for (const place of [1, 2, 3, 4]) {
      reader.handed[place]?.end();
      await pass(0);
    }
    assert.deepEqual(reader.texts(), ['text 1', 'text 2', 'text 3', 'text 4', 'text 5']);
  });

  it('tries again after a failure, ever later, while the rest of the dialog waits', async () => {
    const reader = readerOf();
    const { say, pass } = openScene(reader);
    await say(1);
    await say(2);
    reader.handed[0]?.end(failed);
    await pass(1999);
    assert.equal(reader.handed.length, 1);
    await pass(1);
    assert.deepEqual([reader.handed[1]?.event.attempt, reader.handed[1]?.event.redelivered], [2, true]);
    reader.handed[1]?.end(failed);
    await pass(7999);
    assert.equal(reader.handed.length, 2);
    await pass(1);
    reader.handed[2]?.end();
    await pass(0);
    assert.deepEqual(reader.texts(), ['text 1', 'text 1', 'text 1', 'text 2']);
  });

  it('gives an event up after the last try, with the reason, and goes on with the next', async () => {
    const reader = readerOf({ attempts: 2 });
    const { say, pass, letters } = openScene(reader);
    await say(1);
    await say(2);
    reader.handed[0]?.end(failed);
    await pass(2000);
    reader.handed[1]?.end(failed);
    await pass(0);
    assert.deepEqual(await letters(), ['the flow broke after 2']);
    assert.deepEqual(reader.dead, ['the flow broke after 2']);
    assert.equal(reader.texts().at(-1), 'text 2');
  });

  it('gives an event up at once when another try would do harm', async () => {
    const reader = readerOf();
    const { say, pass, letters } = openScene(reader);
    await say(1);
    await say(2);
    reader.handed[0]?.end({ ...failed, isFinal: true });
    await pass(0);
    assert.deepEqual(await letters(), ['the flow broke after 1']);
    assert.deepEqual(reader.texts(), ['text 1', 'text 2']);
  });

  it('takes a reader that throws for a failure', async () => {
    const reader = { ...readerOf({ attempts: 1 }), hand: () => Promise.reject(new Error('no luck')) };
    const { say, letters } = openScene(reader);
    await say(1);
    assert.deepEqual(await letters(), ['no luck after 1']);
  });

  it('does not hold a deploy against an event', async () => {
    const reader = readerOf({ attempts: 2 });
    const { inbox, say, pass, letters } = openScene(reader);
    await say(1);
    for (const place of [0, 1, 2, 3, 4]) {
      inbox.pause();
      reader.handed[place]?.end({ how: 'interrupted' });
      await pass(0);
      inbox.resume();
      await pass(0);
    }
    assert.equal(reader.handed.length, 6);
    assert.equal(reader.handed[5]?.event.attempt, 6);
    reader.handed[5]?.end(failed);
    await pass(2000);
    reader.handed[6]?.end(failed);
    await pass(0);
    assert.deepEqual(await letters(), ['the flow broke after 7']);
  });

  it('tries no flow again without end that is interrupted although nobody deploys', async () => {
    const reader = readerOf({ attempts: 2 });
    const { say, pass, letters } = openScene(reader);
    await say(1);
    reader.handed[0]?.end({ how: 'interrupted' });
    await pass(1999);
    assert.equal(reader.handed.length, 1);
    await pass(1);
    reader.handed[1]?.end({ how: 'interrupted' });
    await pass(0);
    assert.deepEqual(await letters(), ['interrupted after 2']);
  });

  it('is for the portal node that took it in; another one gets it only when that is gone, and without tokens', async () => {
    const [own, other] = [readerOf(), readerOf()];
    const { inbox, pass } = openScene(undefined);
    inbox.serve({ id: 'other', readerOf: () => other });
    const leave = inbox.serve({ id: 'own', readerOf: () => own });
    await inbox.receive(eventOf(1), { access_token: 'a' }, 'own');
    await pass(0);
    assert.deepEqual([own.handed[0]?.tokens, other.handed.length], [{ access_token: 'a' }, 0]);
    leave();
    await inbox.receive(eventOf(2, { dialog: 'chat2' }), { access_token: 'a' }, 'own');
    await pass(0);
    assert.deepEqual([other.texts(), other.handed[0]?.tokens], [['text 2'], {}]);
  });

  it('finds what the store took although it could not say so', async () => {
    const clock = manualClock(1000);
    const store = createMemoryStore({ clock, monotonic: () => clock.now() });
    const reader = readerOf();
    const unclear = new UnreachableError('STORE_UNAVAILABLE', 'no answer', { sent: true });
    const inbox = createInbox({
      store: { ...store, append: (...given) => store.append(...given).then(() => Promise.reject(unclear)) },
      clock,
      monotonic: () => clock.now(),
      owner: 'p',
      eventMaxAgeMs: () => 1000,
      deadLetterMs: () => 1000,
    });
    inbox.serve({ id: 'portal', readerOf: () => reader });
    await assert.rejects(inbox.receive(eventOf(1), {}, 'portal'), unclear);
    await clock.advance(0);
    assert.deepEqual(reader.texts(), ['text 1']);
    inbox.close();
  });

  it('hands out nothing in a pause, and everything after it', async () => {
    const reader = readerOf();
    const { inbox, say, pass } = openScene(reader);
    inbox.pause();
    await say(1);
    await say(2, { dialog: 'chat2' });
    assert.equal(reader.handed.length, 0);
    inbox.resume();
    await pass(0);
    assert.deepEqual(reader.texts(), ['text 1', 'text 2']);
  });

  it('keeps what nobody reads until somebody does', async () => {
    const { inbox, say, pass } = openScene(undefined);
    await say(1);
    assert.equal(inbox.parked(), 1);
    const reader = readerOf();
    inbox.serve({ id: 'portal', readerOf: () => reader });
    await pass(0);
    assert.deepEqual(reader.texts(), ['text 1']);
    assert.equal(inbox.parked(), 0);
  });

  it('gives dialogs that stand in line to the reader that has come in place of theirs', async () => {
    const old = readerOf({ maxDialogs: 1 });
    const young = readerOf({ maxDialogs: 1 });
    let now = old;
    const { inbox, say, pass } = openScene(undefined);
    inbox.serve({ id: 'portal', readerOf: () => now });
    await say(1, { dialog: 'chat1' });
    await say(2, { dialog: 'chat2' });
    now = young;
    inbox.readersChanged();
    await pass(0);
    assert.deepEqual([old.texts(), young.texts()], [['text 1'], ['text 2']]);
    await say(3, { dialog: 'chat1' });
    old.handed[0]?.end();
    young.handed[0]?.end();
    await pass(0);
    assert.deepEqual(young.texts(), ['text 2', 'text 3']);
  });

  it('tells what waits for a reader, and for how long', async () => {
    const reader = readerOf({ maxDialogs: 1 });
    const { inbox, say, pass } = openScene(reader);
    await say(1, { dialog: 'chat1' });
    await pass(5000);
    await say(2, { dialog: 'chat1' });
    await say(3, { dialog: 'chat2' });
    assert.deepEqual((await inbox.backlog()).get(reader), { waiting: 2, running: 1, oldestMs: 5000 });
  });

  it('brings a dead letter back to its dialog with new tries, as an event that was handed out before', async () => {
    const reader = readerOf({ attempts: 1 });
    const { inbox, store, say, pass } = openScene(reader);
    await say(1);
    reader.handed[0]?.end(failed);
    await pass(0);
    for await (const { queue, id } of store.deadLetters()) assert.equal(await inbox.replay(queue, id), true);
    await pass(0);
    assert.deepEqual(reader.texts(), ['text 1', 'text 1']);
    assert.deepEqual([reader.handed[1]?.event.attempt, reader.handed[1]?.event.redelivered], [2, true]);
    reader.handed[1]?.end(failed);
    await pass(0);
    assert.equal((await store.stats()).dead, 1);
  });

  it('refuses an event that the store cannot take, and counts it for none that was received', async () => {
    const store = createMemoryStore();
    const counts: string[] = [];
    const down = new UnreachableError('STORE_UNAVAILABLE', 'no room', { sent: false });
    const inbox = createInbox({
      store: { ...store, append: () => Promise.reject(down) },
      clock: manualClock(),
      owner: 'p',
      eventMaxAgeMs: () => 1,
      deadLetterMs: () => 1,
      listeners: { onReceived: (how) => void counts.push(how) },
    });
    await assert.rejects(inbox.receive(eventOf(1), {}, 'portal'), down);
    assert.deepEqual(counts, []);
    inbox.close();
  });

  it('does not forget that a flow is over while the store is away', async () => {
    const clock = manualClock(1000);
    const store = createMemoryStore({ clock, monotonic: () => clock.now() });
    const reader = readerOf();
    let isDown = false;
    const down = new UnreachableError('STORE_UNAVAILABLE', 'no room', { sent: false });
    const inbox = createInbox({
      store: { ...store, complete: (claim) => (isDown ? Promise.reject(down) : store.complete(claim)) },
      clock,
      monotonic: () => clock.now(),
      owner: 'p',
      eventMaxAgeMs: () => 1000,
      deadLetterMs: () => 1000,
    });
    inbox.serve({ id: 'portal', readerOf: () => reader });
    await inbox.receive(eventOf(1), {}, 'portal');
    await clock.advance(0);
    isDown = true;
    reader.handed[0]?.end();
    await clock.advance(5000);
    assert.equal((await store.stats()).claimed, 1);
    isDown = false;
    await clock.advance(1000);
    assert.deepEqual([(await store.stats()).claimed, reader.handed.length], [0, 1]);
    inbox.close();
  });

  it('stops with its store, and without a word', async () => {
    const reader = readerOf();
    const { store, inbox, say, pass } = openScene(reader);
    await say(1);
    await store.close();
    reader.handed[0]?.end();
    await pass(10_000);
    await assert.rejects(inbox.receive(eventOf(2), {}, 'portal'), CancelledError);
  });
});

describe('the inbox after a crash', () => {
  it('hands out again what was not finished, and says that it does', async () => {
    const reader = readerOf();
    const scene = openScene(reader);
    await scene.say(1);
    await scene.say(2);
    const next = await scene.crash();
    assert.deepEqual(reader.texts(), ['text 1', 'text 1']);
    assert.deepEqual([reader.handed[1]?.event.attempt, reader.handed[1]?.event.redelivered], [2, true]);
    reader.handed[1]?.end();
    await next.pass(0);
    assert.deepEqual([reader.texts()[2], reader.handed[2]?.event.redelivered], ['text 2', false]);
  });

  it('knows what it has heard before', async () => {
    const reader = readerOf();
    const scene = openScene(reader);
    await scene.say(1);
    reader.handed[0]?.end();
    await scene.pass(0);
    const next = await scene.crash();
    assert.equal(await next.say(1), 'duplicate');
    assert.equal(reader.handed.length, 1);
  });

  it('gives up an event that kills the process each time, and no other', async () => {
    const reader = readerOf();
    let scene = openScene(reader);
    await scene.say(1);
    await scene.say(2);
    for (let death = 0; death < 3; death += 1) scene = await scene.crash();
    assert.deepEqual(await scene.letters(), ['it never ended after 3']);
    assert.deepEqual(reader.texts(), ['text 1', 'text 1', 'text 1', 'text 2']);
  });

  it('takes nothing along with it that was in hand each time', async () => {
    const reader = readerOf();
    let scene = openScene(reader);
    for (const message of [1, 2, 3, 4, 5]) await scene.say(message, { dialog: `chat${message}` });
    scene = await scene.crash();
    assert.equal(reader.handed.length, 10);
    scene = await scene.crash();
    assert.equal(reader.handed.length, 11);
    scene = await scene.crash();
    assert.deepEqual(await scene.letters(), ['it never ended after 3']);
    for (let tried = 12; tried <= 15; tried += 1) {
      await scene.pass(1000);
      assert.equal(reader.handed.length, tried);
      reader.handed.at(-1)?.end();
      await scene.pass(0);
    }
    await scene.pass(5000);
    assert.deepEqual([reader.handed.length, (await scene.letters()).length], [15, 1]);
  });

  it('puts aside what has become too old meanwhile, instead of answering late', async () => {
    const reader = readerOf();
    const scene = openScene(reader);
    await scene.say(1);
    const next = await scene.crash(60 * 60_000 + 1);
    assert.deepEqual(await next.letters(), ['too old after 1']);
    assert.equal(reader.handed.length, 1);
  });

  it('lets an event of this process wait as long as it takes', async () => {
    const reader = readerOf();
    const { say, pass, letters } = openScene(reader);
    await say(1);
    await say(2);
    await pass(3 * 60 * 60_000);
    reader.handed[0]?.end();
    await pass(0);
    assert.deepEqual([reader.texts(), await letters()], [['text 1', 'text 2'], []]);
  });
});
