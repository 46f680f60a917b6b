import assert from 'node:assert/strict';
import { dialogTemplate, namesOfDialog } from '../../../lib/conversation/session/dialog-names';
import { createSessions, sessionKeyTemplate } from '../../../lib/conversation/session/sessions';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { manualClock } from '../../support/manual-clock';

const ttlMs = 1000;

describe('sessions of conversations', () => {
  function bench(sliding: boolean) {
    const clock = manualClock(1_700_000_000_000);
    const store = createMemoryStore({ clock, monotonic: () => clock.now() });
    const sessions = createSessions(() => Promise.resolve(store), { ttlMs, sliding, clock });
    const keep = async (id: string): Promise<void> => {
      const before = await sessions.load('k');
      await sessions.keep(before, sessions.withId(before, id));
    };
    return { clock, store, sessions, keep };
  }

  it('are plain texts under their key, as other tools read them', async () => {
    const { store, keep } = bench(true);
    await keep('conversation-1');
    assert.equal(await store.get('k'), 'conversation-1');
  });

  it('can have been begun by another tool, which tells no beginning', async () => {
    const { store, sessions, keep } = bench(true);
    await store.set('k', 'of-bitbot', { ttlMs });
    await keep('of-bitbot');
    assert.deepEqual(await sessions.load('k'), {
      key: 'k',
      id: 'of-bitbot',
      startedAt: undefined,
      state: undefined,
    });
  });

  it('live on with each message when they slide, and keep their beginning', async () => {
    const { clock, sessions, keep } = bench(true);
    await keep('one');
    const { startedAt } = await sessions.load('k');
    for (let message = 0; message < 3; message += 1) {
      await clock.advance(ttlMs - 1);
      await keep('one');
    }
    assert.deepEqual(await sessions.load('k'), { key: 'k', id: 'one', startedAt, state: undefined });
    await clock.advance(ttlMs);
    assert.equal((await sessions.load('k')).id, undefined);
  });

  it('end that long after their beginning when they do not', async () => {
    const { clock, sessions, keep } = bench(false);
    await keep('one');
    await clock.advance(ttlMs - 1);
    await keep('one');
    await clock.advance(1);
    assert.equal((await sessions.load('k')).id, undefined);
  });

  it('begin anew with another id', async () => {
    const { clock, sessions, keep } = bench(false);
    await keep('one');
    const { startedAt } = await sessions.load('k');
    await clock.advance(ttlMs - 1);
    await keep('two');
    await clock.advance(ttlMs - 1);
    const session = await sessions.load('k');
    assert.equal(session.id, 'two');
    assert.notEqual(session.startedAt, startedAt);
  });

  it('are kept also when they came to their end while the answer was made', async () => {
    const { clock, sessions, keep } = bench(true);
    await keep('one');
    const before = await sessions.load('k');
    await clock.advance(ttlMs);
    await sessions.keep(before, sessions.withId(before, 'one'));
    assert.equal((await sessions.load('k')).id, 'one');
  });

  it('keep what a builder notes, as long as they live', async () => {
    const { clock, store, sessions, keep } = bench(true);
    await keep('one');
    const before = await sessions.load('k');
    await sessions.keep(before, { ...before, state: { asked: 'city' } });
    for (let message = 0; message < 3; message += 1) {
      await clock.advance(ttlMs - 1);
      await keep('one');
    }
    assert.deepEqual((await sessions.load('k')).state, { asked: 'city' });
    const noted = await sessions.load('k');
    await sessions.keep(noted, { ...noted, state: undefined });
    assert.equal(await store.get('session-state:k'), undefined);
  });

  it('are noted without touching what stays, which is lengthened once and set again when it is gone', async () => {
    const { clock, store, sessions, keep } = bench(true);
    await keep('one');
    const before = await sessions.load('k');
    const after = { ...before, state: { asked: 'city' } };
    await clock.advance(ttlMs - 1);
    await sessions.note(before, after);
    await clock.advance(1);
    assert.equal(await store.get('k'), undefined);
    await sessions.lengthen(before, after);
    assert.deepEqual(await sessions.load('k'), after);
    await clock.advance(ttlMs - 2);
    await sessions.lengthen(after, after);
    await clock.advance(ttlMs - 1);
    assert.deepEqual(await sessions.load('k'), after);
  });

  it('can end, and what was noted stays', async () => {
    const { store, sessions, keep } = bench(true);
    await keep('one');
    const before = await sessions.load('k');
    const ended = { ...before, id: undefined, startedAt: undefined, state: 'over' };
    await sessions.keep(before, ended);
    assert.equal(await store.get('k'), undefined);
    assert.deepEqual(await sessions.load('k'), ended);
  });

  it('can be forgotten', async () => {
    const { store, sessions, keep } = bench(true);
    await keep('one');
    assert.equal(await sessions.forget('k'), true);
    assert.equal(await sessions.forget('k'), false);
    const left: string[] = [];
    for await (const { key } of store.scan('')) left.push(key);
    assert.deepEqual(left, []);
  });
});

describe('the key of a session', () => {
  const bitrix = {
    portal: { memberId: 'm1', domain: 'portal.example' },
    bot: { id: 7, code: 'helper' },
    dialogId: 'chat9',
  };
  const keyOf = dialogTemplate(sessionKeyTemplate, 'session', { keyPrefix: 'bitbot' });

  it('is that of BitBot', () => {
    assert.equal(keyOf(namesOfDialog(bitrix)), 'bitbot:m1:7:chat9');
  });

  it('tells dialogs apart also while the ids of the portal and of the bot are not known', () => {
    const early = { ...bitrix, portal: { domain: 'portal.example' }, bot: { id: null, code: 'helper' } };
    assert.equal(keyOf(namesOfDialog(early)), 'bitbot:portal.example:helper:chat9');
  });

  it('is none without a dialog', () => {
    assert.equal(namesOfDialog(undefined), undefined);
    assert.equal(keyOf(undefined), undefined);
    assert.equal(dialogTemplate('everybody', 'user')(undefined), 'everybody');
  });

  it('takes a value for what it is, also one with braces', () => {
    const odd = namesOfDialog({ ...bitrix, dialogId: '{botId}$&' });
    assert.equal(keyOf(odd), 'bitbot:m1:7:{botId}$&');
  });

  it('refuses a name that nobody can fill in', () => {
    assert.throws(() => dialogTemplate('{dialog}', 'user'), { code: 'CONFIG_INVALID' });
  });
});
