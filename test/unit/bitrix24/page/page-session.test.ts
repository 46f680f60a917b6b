import assert from 'node:assert/strict';
import {
  createPageSessions,
  longestSessionMs,
  type NewSession,
  type PageSessions,
} from '../../../../lib/bitrix24/page/page-session';
import { textAt } from '../../../../lib/core/fields';
import { InvalidError } from '../../../../lib/core/errors';
import { createMemoryStore } from '../../../../lib/store/memory-store';
import type { Store, StoreEntry } from '../../../../lib/store/store';
import { manualClock, type ManualClock } from '../../../support/manual-clock';

const minute = 60_000;

function visitor(change: Partial<NewSession> = {}): NewSession {
  return {
    clientId: 'local.app',
    memberId: 'm1',
    userId: 5,
    endpoint: new URL('https://x.bitrix24.com/rest/'),
    accessToken: 'MARKERtoken',
    isAdmin: true,
    tokenExpiresAt: Number.MAX_SAFE_INTEGER,
    ...change,
  };
}

async function contents(store: Store): Promise<StoreEntry[]> {
  const entries: StoreEntry[] = [];
  for await (const entry of store.scan('')) entries.push(entry);
  return entries;
}

describe('the session of somebody who has the page open', () => {
  let clock: ManualClock;
  let sessions: PageSessions;
  let store: Store;
  beforeEach(() => {
    clock = manualClock(1_800_000_000_000);
    store = createMemoryStore({ clock, monotonic: clock.now });
    sessions = createPageSessions(async () => store, clock);
  });

  it('is found by its bearer, which says nothing that is secret', async () => {
    const bearer = await sessions.open(visitor());
    const found = await sessions.find(bearer);
    assert.deepEqual([found?.memberId, found?.userId, found?.isAdmin], ['m1', 5, true]);
    assert.equal(found?.accessToken, 'MARKERtoken');
    const [payload = ''] = bearer.split('.');
    assert.doesNotMatch(Buffer.from(payload, 'base64url').toString(), /MARKER/);
  });

  it('is found by nothing else', async () => {
    const bearer = await sessions.open(visitor());
    const [payload = '', signature = ''] = bearer.split('.');
    const claim: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const signedBySomebody = (change: object): string =>
      Buffer.from(JSON.stringify({ ...Object(claim), ...change })).toString('base64url');
    const forged = [
      ...['', '.', 'x.y', payload, `${payload}.`, `.${signature}`, `${bearer}.x`, `${bearer}x`],
      `${signedBySomebody({ userId: 1 })}.${signature}`,
      `${signedBySomebody({ memberId: 'm2' })}.${signature}`,
      `${signedBySomebody({ expiresAt: Number.MAX_SAFE_INTEGER })}.${signature}`,
      await createPageSessions(async () => createMemoryStore(), clock).open(visitor()),
      'A'.repeat(100_000),
    ];
    for (const one of forged) assert.equal(await sessions.find(one), undefined, one.slice(0, 200));
    assert.ok(await sessions.find(bearer));
  });

  it('is over after an hour, and is not to be had again', async () => {
    const bearer = await sessions.open(visitor());
    await clock.advance(longestSessionMs - 1);
    assert.ok(await sessions.find(bearer));
    await clock.advance(1);
    assert.equal(await sessions.find(bearer), undefined);
    assert.equal(longestSessionMs, 60 * minute);
  });

  it('is over together with the token of the portal', async () => {
    const bearer = await sessions.open(visitor({ tokenExpiresAt: clock.now() + minute }));
    await clock.advance(minute - 1);
    assert.ok(await sessions.find(bearer));
    await clock.advance(1);
    assert.equal(await sessions.find(bearer), undefined);
  });

  it('can be closed', async () => {
    const [bearer, other] = [await sessions.open(visitor()), await sessions.open(visitor())];
    const found = await sessions.find(bearer);
    assert.ok(found);
    await sessions.close(found);
    assert.equal(await sessions.find(bearer), undefined);
    assert.ok(await sessions.find(other));
  });

  it('takes sixty requests a minute', async () => {
    const session = await sessions.find(await sessions.open(visitor()));
    assert.ok(session);
    const asked = await Promise.all(Array.from({ length: 61 }, () => sessions.mayAsk(session)));
    assert.deepEqual([asked.lastIndexOf(true), asked[60]], [59, false]);
    await clock.advance(minute);
    assert.equal(await sessions.mayAsk(session), true);
  });

  it('gives way to newer ones of the same person, and of nobody else', async () => {
    const other = await sessions.open(visitor({ userId: 6 }));
    const elsewhere = await sessions.open(visitor({ memberId: 'm2' }));
    const own: string[] = [];
    for (let times = 0; times < 7; times += 1) own.push(await sessions.open(visitor()));
    const found: boolean[] = [];
    for (const bearer of own) found.push((await sessions.find(bearer)) !== undefined);
    assert.deepEqual(found, [false, false, true, true, true, true, true]);
    assert.ok((await sessions.find(other)) && (await sessions.find(elsewhere)));
  });

  it('leaves nothing behind when it is over', async () => {
    const session = await sessions.find(await sessions.open(visitor()));
    assert.ok(session && (await sessions.mayAsk(session)));
    await clock.advance(longestSessionMs);
    assert.deepEqual(
      (await contents(store)).map(({ key }) => key),
      ['bitrix:page-key'],
    );
  });

  it('is kept sealed, and under a name that is not its bearer', async () => {
    const sealed = new Set<string>();
    const watched: Store = {
      ...store,
      set(key, value, options) {
        if (options?.sealed) sealed.add(key);
        return store.set(key, value, options);
      },
      compareAndSet(key, expected, value, options) {
        if (options?.sealed) sealed.add(key);
        else sealed.delete(key);
        return store.compareAndSet(key, expected, value, options);
      },
    };
    const kept = createPageSessions(async () => watched, clock);
    const bearer = await kept.open(visitor());
    const session = await kept.find(bearer);
    assert.ok(session);
    await clock.advance(1);
    await kept.noteRights(session, false);
    const [payload = ''] = bearer.split('.');
    const claim: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const id = textAt(claim, 'id') ?? assert.fail('the bearer names nothing');
    for (const { key, value } of await contents(store)) {
      const text = JSON.stringify([key, value]);
      assert.ok(!text.includes(id), key);
      if (/MARKER|page-key/.test(text)) assert.ok(sealed.has(key), key);
    }
    assert.equal(sealed.size, 2);
  });

  it('takes over what the portal says of the person, and does not come back by it', async () => {
    const bearer = await sessions.open(visitor());
    const session = await sessions.find(bearer);
    assert.ok(session);
    await clock.advance(minute);
    assert.equal((await sessions.noteRights(session, false)).isAdmin, false);
    const later = await sessions.find(bearer);
    assert.deepEqual([later?.isAdmin, later?.checkedAt], [false, clock.now()]);
    assert.ok(later);
    await sessions.close(later);
    await sessions.noteRights(later, true);
    assert.equal(await sessions.find(bearer), undefined);
  });

  it('is signed anew when the key of the store is lost', async () => {
    const before = await sessions.open(visitor());
    let isLost = true;
    const broken: Store = {
      ...store,
      async get(key) {
        if (isLost && key === 'bitrix:page-key')
          throw new InvalidError('STORE_KEY_LOST', 'sealed with another key');
        return store.get(key);
      },
      async delete(key, options) {
        if (key === 'bitrix:page-key') isLost = false;
        return store.delete(key, options);
      },
    };
    const anew = createPageSessions(async () => broken, clock);
    const bearer = await anew.open(visitor());
    assert.ok(await anew.find(bearer));
    assert.equal(await anew.find(before), undefined);
  });
});
