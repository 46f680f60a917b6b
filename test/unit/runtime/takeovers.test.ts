import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { announceTakeover, whileBotHasDialog } from '../../../nodes/runtime/bot/takeovers';

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
