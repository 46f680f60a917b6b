import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { BitlaneError } from '../../core/errors';
import { textAt } from '../../core/fields';
import type { Store, StoreSource } from '../../store/store';

/** What the page of a person sends back with each request: what it says is signed, and nothing of it is secret. */
export interface PageBearers {
  sign(claim: object): Promise<string>;
  /** What was signed; undefined for everything that we have not. */
  read(bearer: string): Promise<unknown>;
}

const keyName = 'bitrix:page-key';
const longestBearer = 1000;
/** As long as an HMAC by SHA-256 is in base64url: whatever else was sent costs no look into the store. */
const signatureForm = /^[\w-]{43}$/;

/**
 * One key for all who share the store: whoever is asked next must be able to tell. Read each time, as the one that lies
 * there may be another by now, and a page asks rarely.
 */
export function createPageBearers(open: StoreSource): PageBearers {
  return {
    async sign(claim) {
      const payload = Buffer.from(JSON.stringify(claim)).toString('base64url');
      return `${payload}.${signatureOf(payload, await sharedKey(await open()))}`;
    },
    async read(bearer) {
      const [payload = '', signature = '', ...rest] = bearer.slice(0, longestBearer).split('.');
      if (rest.length > 0 || !signatureForm.test(signature)) return undefined;
      const key = textAt({ key: await keptKey(await open()) }, 'key');
      if (key === undefined || !isSame(signature, signatureOf(payload, key))) return undefined;
      const claim: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
      return claim;
    },
  };
}

/** Made by whoever comes first. */
async function sharedKey(store: Store): Promise<string> {
  for (;;) {
    const kept = await keptKey(store);
    const known = textAt({ key: kept }, 'key');
    if (known !== undefined) return known;
    const made = randomBytes(32).toString('base64');
    if (await store.compareAndSet(keyName, kept, made, { sealed: true, durable: true })) return made;
  }
}

/** One that nobody can read any more stands in the way of a new one, and what it signed is lost in any case. */
async function keptKey(store: Store): Promise<unknown> {
  try {
    return await store.get(keyName);
  } catch (thrown) {
    if (!(thrown instanceof BitlaneError) || thrown.code !== 'STORE_KEY_LOST') throw thrown;
    await store.delete(keyName, { durable: true });
    return undefined;
  }
}

function signatureOf(payload: string, key: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64')).update(payload).digest('base64url');
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
