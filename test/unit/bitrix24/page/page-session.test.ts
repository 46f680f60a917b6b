import assert from 'node:assert/strict';
import {
  createPageSessions,
  longestSessionMs,
  type NewSession,
  type PageSessions,
} from '../../../../lib/bitrix24/page/page-session';
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

describe('the session of somebody who has the page open', () => {
  let clock: ManualClock;
  let sessions: PageSessions;
  beforeEach(() => {
    clock = manualClock(1_800_000_000_000);
    sessions = createPageSessions(clock);
  });

  it('is found by its bearer, which says nothing that is secret', () => {
    const bearer = sessions.open(visitor());
    const found = sessions.find(bearer);
    assert.deepEqual([found?.memberId, found?.userId, found?.isAdmin], ['m1', 5, true]);
    assert.equal(found?.accessToken, 'MARKERtoken');
    const [payload = ''] = bearer.split('.');
    assert.doesNotMatch(Buffer.from(payload, 'base64url').toString(), /MARKER/);
  });

  it('is found by nothing else', () => {
    const bearer = sessions.open(visitor());
    const [payload = '', signature = ''] = bearer.split('.');
    const claim: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const signedBySomebody = (change: object): string =>
      Buffer.from(JSON.stringify({ ...Object(claim), ...change })).toString('base64url');
    const forged = [
      ...['', '.', 'x.y', payload, `${payload}.`, `.${signature}`, `${bearer}.x`, `${bearer}x`],
      `${signedBySomebody({ userId: 1 })}.${signature}`,
      `${signedBySomebody({ memberId: 'm2' })}.${signature}`,
      `${signedBySomebody({ expiresAt: Number.MAX_SAFE_INTEGER })}.${signature}`,
      createPageSessions(clock).open(visitor()),
      'A'.repeat(100_000),
    ];
    for (const one of forged) assert.equal(sessions.find(one), undefined, one.slice(0, 200));
    assert.ok(sessions.find(bearer));
  });

  it('is over after an hour, and is not to be had again', async () => {
    const bearer = sessions.open(visitor());
    await clock.advance(longestSessionMs - 1);
    assert.ok(sessions.find(bearer));
    await clock.advance(1);
    assert.equal(sessions.find(bearer), undefined);
    assert.equal(sessions.size(), 0);
    assert.equal(longestSessionMs, 60 * minute);
  });

  it('is over together with the token of the portal', async () => {
    const bearer = sessions.open(visitor({ tokenExpiresAt: clock.now() + minute }));
    await clock.advance(minute - 1);
    assert.ok(sessions.find(bearer));
    await clock.advance(1);
    assert.equal(sessions.find(bearer), undefined);
  });

  it('can be closed', () => {
    const [bearer, other] = [sessions.open(visitor()), sessions.open(visitor())];
    const found = sessions.find(bearer);
    assert.ok(found);
    sessions.close(found);
    assert.equal(sessions.find(bearer), undefined);
    assert.ok(sessions.find(other));
  });

  it('takes sixty requests a minute', async () => {
    const session = sessions.find(sessions.open(visitor()));
    assert.ok(session);
    const asked = Array.from({ length: 61 }, () => session.mayAsk());
    assert.deepEqual([asked.lastIndexOf(true), asked[60]], [59, false]);
    await clock.advance(minute);
    assert.equal(session.mayAsk(), true);
  });

  it('gives way to newer ones of the same person, and of nobody else', () => {
    const other = sessions.open(visitor({ userId: 6 }));
    const elsewhere = sessions.open(visitor({ memberId: 'm2' }));
    const own = Array.from({ length: 7 }, () => sessions.open(visitor()));
    const found = own.map((bearer) => sessions.find(bearer) !== undefined);
    assert.deepEqual(found, [false, false, true, true, true, true, true]);
    assert.ok(sessions.find(other) && sessions.find(elsewhere));
  });

  it('does not let the memory grow without end, and the oldest go first', () => {
    const bearers = Array.from({ length: 2100 }, (_, userId) => sessions.open(visitor({ userId })));
    assert.equal(sessions.size(), 2000);
    assert.equal(sessions.find(bearers[99] ?? ''), undefined);
    assert.ok(sessions.find(bearers[100] ?? ''));
  });

  it('makes room for others when it is over', async () => {
    sessions.open(visitor());
    await clock.advance(longestSessionMs);
    sessions.open(visitor({ userId: 6 }));
    assert.equal(sessions.size(), 1);
  });
});
