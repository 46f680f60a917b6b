import assert from 'node:assert/strict';
import { createPersonBook } from '../../../lib/conversation/handover/person-book';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { manualClock } from '../../support/manual-clock';

const dialog = { memberId: 'm1', dialogId: 'chat1', sessionId: 5 };
const never = { afterMs: 0, words: [] };
const free = { texts: ['Hello'], isOwned: false };
const owned = { texts: ['Hello'], isOwned: true };

describe('the book of dialogs that people have', () => {
  function bench() {
    const clock = manualClock(1_700_000_000_000);
    const store = createMemoryStore({ clock, monotonic: () => clock.now() });
    return { clock, book: createPersonBook(() => Promise.resolve(store), clock) };
  }

  it('has no page on a dialog that is the bot’s', async () => {
    assert.equal(await bench().book.hasPerson(dialog, free, never), false);
  });

  it('knows a person by the owner that the portal names', async () => {
    const { book } = bench();
    assert.equal(await book.hasPerson(dialog, owned, never), true);
    assert.equal(await book.hasPerson(dialog, free, never), true, 'and goes on knowing it');
  });

  it('knows a person who spoke, or was called, until the next session', async () => {
    const { book } = bench();
    await book.noteTaken(dialog);
    assert.equal(await book.hasPerson(dialog, free, never), true);
    assert.equal(
      await book.hasPerson({ ...dialog, sessionId: undefined }, free, never),
      false,
      'the first message of a session names none',
    );
    assert.equal(await book.hasPerson({ ...dialog, dialogId: 'chat2' }, free, never), false);
    assert.equal(await book.hasPerson({ ...dialog, memberId: 'm2' }, free, never), false);
    assert.equal(await book.hasPerson({ ...dialog, sessionId: 6 }, free, never), false);
  });

  it('gives the dialog back at a word, in any case and with a full stop, until the person speaks again', async () => {
    const { book } = bench();
    const rules = { afterMs: 0, words: ['bot', 'Бот'] };
    await book.noteTaken(dialog);
    assert.equal(await book.hasPerson(dialog, { texts: ['a bot?'], isOwned: true }, rules), true);
    assert.equal(
      await book.hasPerson(dialog, { texts: ['Where is it?', ' БОТ! '], isOwned: true }, rules),
      false,
    );
    assert.equal(
      await book.hasPerson(dialog, owned, rules),
      false,
      'though the portal still names the owner',
    );
    await book.noteTaken(dialog);
    assert.equal(await book.hasPerson(dialog, owned, rules), true);
  });

  it('gives the dialog back when the person is silent for long', async () => {
    const { book, clock } = bench();
    const rules = { afterMs: 60_000, words: [] };
    assert.equal(await book.hasPerson(dialog, owned, rules), true);
    await clock.advance(30_000);
    await book.noteTaken(dialog);
    await clock.advance(59_999);
    assert.equal(await book.hasPerson(dialog, owned, rules), true);
    await clock.advance(1);
    assert.equal(await book.hasPerson(dialog, owned, rules), false);
    await clock.advance(60_000);
    assert.equal(await book.hasPerson(dialog, owned, rules), false);
  });

  it('binds what it learnt before the session had a name to the first name', async () => {
    const { book, clock } = bench();
    const unnamed = { ...dialog, sessionId: undefined };
    await book.noteTaken(unnamed);
    assert.equal(await book.hasPerson(unnamed, free, never), true);
    assert.equal(await book.hasPerson(dialog, free, never), true);
    assert.equal(await book.hasPerson({ ...dialog, sessionId: 6 }, free, never), false);
    await book.noteTaken(unnamed);
    await clock.advance(13 * 60 * 60_000);
    assert.equal(await book.hasPerson({ ...dialog, sessionId: 7 }, free, never), false, 'nor for ever');
  });

  it('does not give a later session to the bot because an earlier one without a name was', async () => {
    const { book, clock } = bench();
    await book.noteReturned({ ...dialog, sessionId: undefined });
    assert.equal(await book.hasPerson(dialog, owned, never), false);
    assert.equal(await book.wasReturned(dialog), true);
    assert.equal(await book.hasPerson({ ...dialog, sessionId: 6 }, owned, never), true);
    await book.noteReturned({ ...dialog, sessionId: undefined });
    await clock.advance(61 * 60_000);
    assert.equal(await book.hasPerson({ ...dialog, sessionId: 8 }, owned, never), true);
  });
});
