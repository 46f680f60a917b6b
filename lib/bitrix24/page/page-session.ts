import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock';
import { at, entriesAt, idAt, textAt } from '../../core/fields';
import { createTurns } from '../../core/turns';
import type { StoreSource } from '../../store/store';
import { createPageBearers } from './page-bearer';

/** Who a person is that has opened the page, as the auth server and the portal have said. */
export interface Visitor {
  /** Of the app whose page it is: a store may serve several. */
  readonly clientId: string;
  readonly memberId: string;
  readonly userId: number;
  /** Where the portal is, and what opens it in this person's name. Goes to the portal, and sealed into the store. */
  readonly endpoint: URL;
  readonly accessToken: string;
}

export interface PageSession extends Visitor {
  /** Under which it is kept; says nothing of the bearer. */
  readonly name: string;
  readonly expiresAt: number;
  /** What the portal said last, and when. */
  readonly isAdmin: boolean;
  readonly checkedAt: number;
}

export interface NewSession extends Visitor {
  readonly isAdmin: boolean;
  /** When the portal's own token is over; a session never lasts longer. */
  readonly tokenExpiresAt: number;
}

/** Sessions of pages that are open now, in the store: the next request may reach another process. */
export interface PageSessions {
  /** Gives the bearer that the page sends back. */
  open(session: NewSession): Promise<string>;
  find(bearer: string): Promise<PageSession | undefined>;
  close(session: PageSession): Promise<void>;
  /** What the portal has said of the person just now. */
  noteRights(session: PageSession, isAdmin: boolean): Promise<PageSession>;
  /** One more request; false when there were too many of late, wherever they came. */
  mayAsk(session: PageSession): Promise<boolean>;
}

export const longestSessionMs = 60 * 60_000;
const mostOfOnePerson = 5;
const mostRequests = 60;
const requestsWithinMs = 60_000;

export function createPageSessions(open: StoreSource, clock: Clock): PageSessions {
  const bearers = createPageBearers(open);
  /** Requests of one page that come here at once would all but one be counted anew. */
  const turns = createTurns();

  async function keep(session: PageSession): Promise<void> {
    const ttlMs = session.expiresAt - clock.now();
    const options = { ttlMs, sealed: true, durable: true };
    if (ttlMs > 0) await (await open()).set(sessionKey(session.name), asRecord(session), options);
  }

  async function load(name: string): Promise<PageSession | undefined> {
    return readSession(name, await (await open()).get(sessionKey(name)));
  }

  /** The oldest give way to the one that comes. */
  async function addToPerson(visitor: Visitor, name: string): Promise<void> {
    const store = await open();
    let tooMany: string[] = [];
    await change(personKey(visitor), longestSessionMs, (names) => {
      const all = [...names.filter((one) => typeof one === 'string'), name];
      tooMany = all.slice(0, -mostOfOnePerson);
      return all.slice(-mostOfOnePerson);
    });
    for (const old of tooMany) await store.delete(sessionKey(old));
  }

  /** Changes a list that others may change at this very moment; one that comes out undefined stays as it was. */
  async function change(
    key: string,
    ttlMs: number,
    next: (list: readonly unknown[]) => readonly unknown[] | undefined,
  ): Promise<boolean> {
    const store = await open();
    for (;;) {
      const stored = await store.get(key);
      const list = next(entriesAt({ list: stored }, 'list'));
      if (list === undefined) return false;
      if (await store.compareAndSet(key, stored, list, { ttlMs })) return true;
    }
  }

  return {
    async open({ tokenExpiresAt, ...visitor }) {
      const id = randomBytes(18).toString('base64url');
      const name = nameOf(id);
      const expiresAt = Math.min(clock.now() + longestSessionMs, tokenExpiresAt);
      await keep({ ...visitor, name, expiresAt, checkedAt: clock.now() });
      await addToPerson(visitor, name);
      const { memberId, userId } = visitor;
      return bearers.sign({ id, memberId, userId, expiresAt });
    },
    async find(bearer) {
      const claim = await bearers.read(bearer);
      const id = textAt(claim, 'id');
      const session = id === undefined ? undefined : await load(nameOf(id));
      const isBound =
        session !== undefined &&
        session.memberId === textAt(claim, 'memberId') &&
        session.userId === idAt(claim, 'userId') &&
        session.expiresAt === at(claim, 'expiresAt');
      return isBound && clock.now() < session.expiresAt ? session : undefined;
    },
    async close({ name }) {
      await (await open()).delete(sessionKey(name));
    },
    async noteRights(session, isAdmin) {
      const confirmed = { ...session, isAdmin, checkedAt: clock.now() };
      const ttlMs = session.expiresAt - clock.now();
      // One that was closed meanwhile does not come back by it.
      if (ttlMs > 0) {
        const options = { ttlMs, sealed: true };
        const store = await open();
        await store.compareAndSet(sessionKey(session.name), asRecord(session), asRecord(confirmed), options);
      }
      return confirmed;
    },
    async mayAsk({ name }) {
      const key = askedKey(name);
      const turn = await turns.take([key]);
      try {
        return await change(key, requestsWithinMs, (times) => {
          const since = clock.now() - requestsWithinMs;
          const recent = times.filter((time) => typeof time === 'number' && time > since);
          return recent.length >= mostRequests ? undefined : [...recent, clock.now()];
        });
      } finally {
        turn.release();
      }
    },
  };
}

/** Whoever reads the store learns no bearer from it. */
function nameOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

const sessionKey = (name: string): string => `bitrix:page-session:${name}`;
const askedKey = (name: string): string => `bitrix:page-asked:${name}`;

function personKey({ clientId, memberId, userId }: Visitor): string {
  return `bitrix:page-person:${clientId}:${memberId}:${userId}`;
}

function asRecord(session: PageSession): object {
  return { ...session, endpoint: session.endpoint.href };
}

/** An older version may have written it, so every field is looked at. */
function readSession(name: string, record: unknown): PageSession | undefined {
  const [clientId, memberId] = [textAt(record, 'clientId'), textAt(record, 'memberId')];
  const [userId, accessToken] = [idAt(record, 'userId'), textAt(record, 'accessToken')];
  const endpoint = textAt(record, 'endpoint') ?? '';
  const [expiresAt, checkedAt] = [at(record, 'expiresAt'), at(record, 'checkedAt')];
  if (clientId === undefined || memberId === undefined || accessToken === undefined) return undefined;
  if (typeof expiresAt !== 'number' || typeof checkedAt !== 'number') return undefined;
  if (userId === undefined || !URL.canParse(endpoint)) return undefined;
  const isAdmin = at(record, 'isAdmin') === true;
  const visitor = { clientId, memberId, userId, endpoint: new URL(endpoint), accessToken };
  return { ...visitor, name, expiresAt, checkedAt, isAdmin };
}
