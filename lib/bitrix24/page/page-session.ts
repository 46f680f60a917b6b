import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock';
import { at, idAt, textAt } from '../../core/fields';

/** Who a person is that has opened the page, as the auth server and the portal have said. */
export interface Visitor {
  /** Of the app whose page it is: the process may serve several. */
  readonly clientId: string;
  readonly memberId: string;
  readonly userId: number;
  /** Where the portal is, and what opens it in this person's name. Never leaves this process but for the portal. */
  readonly endpoint: URL;
  readonly accessToken: string;
}

export interface PageSession extends Visitor {
  readonly expiresAt: number;
  /** What the portal said last, and when. */
  isAdmin: boolean;
  checkedAt: number;
  /** One more request; false when there were too many of late. */
  mayAsk(): boolean;
}

export interface NewSession extends Visitor {
  readonly isAdmin: boolean;
  /** When the portal's own token is over; a session never lasts longer. */
  readonly tokenExpiresAt: number;
}

/** Sessions of pages that are open now, in memory only: a person whose session is gone opens the page again. */
export interface PageSessions {
  /** Gives the bearer that the page sends back. */
  open(session: NewSession): string;
  find(bearer: string): PageSession | undefined;
  close(session: PageSession): void;
  size(): number;
}

export const longestSessionMs = 60 * 60_000;
const mostSessions = 2000;
const mostOfOnePerson = 5;
const mostRequests = 60;
const requestsWithinMs = 60_000;
const longestBearer = 1000;

export function createPageSessions(clock: Clock): PageSessions {
  // Of this run alone: a bearer of another process or an earlier run opens nothing.
  const key = randomBytes(32);
  const sessions = new Map<string, PageSession>();

  function forgetOld(): void {
    for (const [id, { expiresAt }] of sessions) if (clock.now() >= expiresAt) sessions.delete(id);
  }

  /** The oldest first, as a map keeps them. */
  function makeRoom(person: Visitor): void {
    const ofPerson = [...sessions].filter(([, session]) => isSamePerson(session, person));
    const tooMany = ofPerson.slice(0, Math.max(0, ofPerson.length - mostOfOnePerson + 1));
    for (const [id] of tooMany) sessions.delete(id);
    for (const id of sessions.keys()) {
      if (sessions.size < mostSessions) break;
      sessions.delete(id);
    }
  }

  function signatureOf(payload: string): string {
    return createHmac('sha256', key).update(payload).digest('base64url');
  }

  return {
    open({ tokenExpiresAt, ...visitor }) {
      forgetOld();
      makeRoom(visitor);
      const id = randomBytes(18).toString('base64url');
      const expiresAt = Math.min(clock.now() + longestSessionMs, tokenExpiresAt);
      const { memberId, userId } = visitor;
      sessions.set(id, { ...visitor, expiresAt, checkedAt: clock.now(), mayAsk: createPace(clock) });
      const payload = encode({ id, memberId, userId, expiresAt });
      return `${payload}.${signatureOf(payload)}`;
    },
    find(bearer) {
      const [payload = '', signature = '', ...rest] = bearer.slice(0, longestBearer).split('.');
      if (rest.length > 0 || !isSame(signature, signatureOf(payload))) return undefined;
      const claim = decode(payload);
      const id = textAt(claim, 'id') ?? '';
      const session = sessions.get(id);
      const isBound =
        session !== undefined &&
        session.memberId === textAt(claim, 'memberId') &&
        session.userId === idAt(claim, 'userId') &&
        session.expiresAt === at(claim, 'expiresAt');
      if (!isBound) return undefined;
      if (clock.now() < session.expiresAt) return session;
      sessions.delete(id);
      return undefined;
    },
    close(session) {
      for (const [id, one] of sessions) if (one === session) sessions.delete(id);
    },
    size: () => sessions.size,
  };
}

function createPace(clock: Clock): () => boolean {
  let times: number[] = [];
  return () => {
    const since = clock.now() - requestsWithinMs;
    times = times.filter((time) => time > since);
    if (times.length >= mostRequests) return false;
    times.push(clock.now());
    return true;
  };
}

function isSamePerson(one: Visitor, other: Visitor): boolean {
  return one.clientId === other.clientId && one.memberId === other.memberId && one.userId === other.userId;
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function encode(claim: object): string {
  return Buffer.from(JSON.stringify(claim)).toString('base64url');
}

/** Only what this process has signed comes here. */
function decode(payload: string): unknown {
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
}
