import assert from 'node:assert/strict';
import { InvalidError, UnreachableError } from '../../../lib/core/errors';
import { createSenderTokens, createTokenVault } from '../../../lib/bitrix24/hub/portal-records';
import { createChangeBook } from '../../../lib/bitrix24/page/change-book';
import { getOrRecall, remember } from '../../../lib/store/last-known';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';

function storeThatFails(): { store: Store; fail: (error: Error | undefined) => void } {
  const inner = createMemoryStore();
  let failure: Error | undefined;
  const store: Store = {
    ...inner,
    get: (key) => (failure ? Promise.reject(failure) : inner.get(key)),
  };
  return { store, fail: (error) => void (failure = error) };
}

const away = new UnreachableError('STORE_UNAVAILABLE', 'away', { sent: false });

describe('what is known of a store that is away', () => {
  it('is what was read last, and only while it is away', async () => {
    const { store, fail } = storeThatFails();
    const open = (): Promise<Store> => Promise.resolve(store);
    await store.set('a', 1);
    assert.equal(await getOrRecall(open, 'a'), 1);
    fail(away);
    assert.equal(await getOrRecall(open, 'a'), 1);
    await assert.rejects(getOrRecall(open, 'b'), away);
    fail(undefined);
    await store.set('a', 2);
    assert.equal(await getOrRecall(open, 'a'), 2);
    await store.delete('a');
    assert.equal(await getOrRecall(open, 'a'), undefined);
    fail(away);
    await assert.rejects(getOrRecall(open, 'a'), away);
  });

  it('is nothing of another store, nor of one that fails for other reasons', async () => {
    const { store, fail } = storeThatFails();
    const other = storeThatFails();
    await store.set('a', 1);
    await getOrRecall(() => Promise.resolve(store), 'a');
    other.fail(away);
    await assert.rejects(
      getOrRecall(() => Promise.resolve(other.store), 'a'),
      away,
    );
    const lost = new InvalidError('STORE_KEY_LOST', 'lost');
    fail(lost);
    await assert.rejects(
      getOrRecall(() => Promise.resolve(store), 'a'),
      lost,
    );
  });

  it('includes that there was nothing only where that is an answer', async () => {
    const { store, fail } = storeThatFails();
    const open = (): Promise<Store> => Promise.resolve(store);
    await getOrRecall(open, 'a', { absence: true });
    await getOrRecall(open, 'b');
    fail(away);
    assert.equal(await getOrRecall(open, 'a', { absence: true }), undefined);
    await assert.rejects(getOrRecall(open, 'b'), away);
  });

  it('is bounded, and what was asked for longest ago goes first', async () => {
    const { store, fail } = storeThatFails();
    const open = (): Promise<Store> => Promise.resolve(store);
    for (let n = 0; n < 10_000; n += 1) remember(store, `key ${n}`, n);
    remember(store, 'key 0', 'again');
    remember(store, 'one more', 1);
    fail(away);
    assert.equal(await getOrRecall(open, 'key 0'), 'again');
    await assert.rejects(getOrRecall(open, 'key 1'), away);
    assert.equal(await getOrRecall(open, 'key 2'), 2);
  });

  it('tells whom to believe, and nobody whom it has not met or who has left', async () => {
    const { store, fail } = storeThatFails();
    const open = (): Promise<Store> => Promise.resolve(store);
    const vault = createTokenVault(open, 'client');
    const senders = createSenderTokens(open, 'client');
    const tokens = {
      ...{ domain: 'd', clientEndpoint: '', serverEndpoint: '', accessToken: 'a', refreshToken: 'r' },
      ...{ expiresAt: 1, scope: '', status: '', userId: 1, applicationToken: 'app', renewedAt: 1 },
    };
    await vault.save({ ...tokens, memberId: 'known' });
    await vault.save({ ...tokens, memberId: 'gone' });
    await vault.remove('gone');
    assert.equal(await senders('stranger'), undefined);
    fail(away);
    assert.equal((await senders('known'))?.applicationToken, 'app');
    for (const unknown of ['gone', 'stranger']) await assert.rejects(senders(unknown), away);
    // Whoever works with the tokens is never given old ones.
    await assert.rejects(vault.load('known'), away);
  });

  it('tells whether a bot is off, as far as anybody here has asked', async () => {
    const { store, fail } = storeThatFails();
    const book = createChangeBook(() => Promise.resolve(store));
    const bot = { memberId: 'm', code: 'helper' };
    assert.equal(await book.isOff(bot), false);
    fail(away);
    assert.equal(await book.isOff(bot), false);
    await assert.rejects(book.isOff({ memberId: 'm', code: 'other' }), away);
  });
});
