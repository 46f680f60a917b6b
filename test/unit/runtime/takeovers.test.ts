import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';
import { announceTakeover, createTakeovers, whileBotHasDialog } from '../../../nodes/runtime/bot/takeovers';
import { noteTakeover } from '../../../nodes/runtime/bot/taken-record';
import { manualClock } from '../../support/manual-clock';

const dialog = { portal: { memberId: 'm1' }, dialogId: 'chat1' };
const open = (): AbortSignal => new AbortController().signal;

/** Work that ends when it is told to stop, as a run of a bot does. */
const untilStopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
  });

describe('work in a dialog that a person takes over', () => {
  it('is stopped, and nothing comes of it', async () => {
    const work = whileBotHasDialog(dialog, open(), untilStopped);
    announceTakeover({ ...dialog, text: 'I am here now' });
    assert.equal(await work, undefined);
  });

  it('gives nothing either when it ends at the same moment', async () => {
    const work = whileBotHasDialog(dialog, open(), async () => {
      announceTakeover(dialog);
      return 'an answer';
    });
    assert.equal(await work, undefined);
  });

  it('does not begin for what was asked before, and does for what is asked afterwards', async () => {
    const dialogue = { ...dialog, dialogId: 'chat9' };
    const answer = (receivedAt: string): Promise<string | undefined> =>
      whileBotHasDialog({ ...dialogue, receivedAt }, open(), () => Promise.resolve('an answer'));
    announceTakeover(dialogue);
    assert.equal(await answer(new Date(Date.now() - 1000).toISOString()), undefined);
    assert.equal(await answer(new Date(Date.now() + 1000).toISOString()), 'an answer');
    const byItself = whileBotHasDialog(dialogue, open(), () => Promise.resolve('good night'));
    assert.equal(await byItself, 'good night');
  });

  it('begins for the very event that told of the person', async () => {
    const event = { ...dialog, dialogId: 'chat10', receivedAt: new Date(Date.now() - 5).toISOString() };
    announceTakeover(event);
    assert.equal(await whileBotHasDialog(event, open(), () => Promise.resolve('I am back')), 'I am back');
  });

  it('goes on when the person spoke in another session of the dialog', async () => {
    const inSession = (sessionId: number): object => ({
      ...dialog,
      dialogId: 'chat11',
      openline: { sessionId },
    });
    const work = whileBotHasDialog(inSession(18), open(), async () => {
      announceTakeover(inSession(17));
      return 'an answer';
    });
    assert.equal(await work, 'an answer');
    const late = { ...inSession(18), receivedAt: new Date(Date.now() - 1000).toISOString() };
    assert.equal(await whileBotHasDialog(late, open(), () => Promise.resolve('another')), 'another');
  });

  it('leaves nothing on a signal that lives on', async () => {
    const long = new AbortController();
    for (let time = 0; time < 20; time += 1) {
      await whileBotHasDialog(dialog, long.signal, () => Promise.resolve(time));
    }
    assert.equal(getEventListeners(long.signal, 'abort').length, 0);
  });

  it('goes on in other dialogs and other portals', async () => {
    for (const other of [
      { ...dialog, dialogId: 'chat2' },
      { ...dialog, portal: { memberId: 'm2' } },
    ]) {
      const work = whileBotHasDialog(other, open(), async () => {
        announceTakeover(dialog);
        return 'an answer';
      });
      assert.equal(await work, 'an answer');
    }
  });

  it('tells its own failures, and that of a node that closes', async () => {
    const failing = whileBotHasDialog(dialog, open(), () => Promise.reject(new Error('broken')));
    await assert.rejects(failing, /broken/);
    const closing = new AbortController();
    const closed = whileBotHasDialog(dialog, closing.signal, untilStopped);
    closing.abort();
    await assert.rejects(closed, /stopped/);
  });

  it('is forgotten when it is over, and what belongs to no dialog is never stopped', async () => {
    await whileBotHasDialog(dialog, open(), () => Promise.resolve());
    announceTakeover(dialog);
    assert.equal(await whileBotHasDialog(undefined, open(), () => Promise.resolve('done')), 'done');
    announceTakeover(undefined);
  });
});

describe('work in a dialog whose store nobody else has open', () => {
  const start = 1_700_000_000_000;
  const asked = { ...dialog, receivedAt: new Date(start - 1000).toISOString() };

  function bench() {
    const clock = manualClock(start);
    const memory = createMemoryStore({ clock, monotonic: () => clock.now() });
    let looks = 0;
    const store: Store = { ...memory, get: (key) => ((looks += 1), memory.get(key)) };
    const source = (): Promise<Store> => Promise.resolve(store);
    const takeovers = createTakeovers({ clock, storeOf: () => source });
    return { clock, source, looks: () => looks, ...takeovers };
  }

  it('does not begin when an earlier process was told', async () => {
    const { source, whileBotHasDialog } = bench();
    const moment = { time: start, messageId: undefined, isMessage: false };
    await noteTakeover(source, JSON.stringify(['m1', 'chat1']), { moment, sessionId: undefined });
    assert.equal(await whileBotHasDialog(asked, open(), () => Promise.resolve('an answer')), undefined);
  });

  it('asks the store once, and is stopped by what this process is told', async () => {
    const { clock, looks, announceTakeover, whileBotHasDialog } = bench();
    let begin = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (begin = resolve));
    const work = whileBotHasDialog(asked, open(), (signal) => {
      begin();
      return untilStopped(signal);
    });
    await hasBegun;
    assert.equal(clock.pending(), 0);
    await clock.advance(60_000);
    announceTakeover(dialog);
    assert.equal(await work, undefined);
    assert.equal(looks(), 1);
  });
});
