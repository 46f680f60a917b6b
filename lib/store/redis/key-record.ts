import { InvalidError } from '../../core/errors';
import { newKey } from '../key-file';
import { createKeyRing, isKey, type KeyRing } from '../key-ring';
import type { RedisKeys } from './desk';
import { asText, isYes } from './replies';
import type { RedisLink } from './link';
import { scripts } from './scripts';

/**
 * Values are sealed with keys that lie in Redis themselves, the current one first, and sealed: with the key that a person
 * has given to each Node-RED and that no Redis ever sees. So that one can be changed by writing one value, while others
 * are at work.
 */
export interface KeyRecord extends RedisKeys {
  /** Reads the keys, or makes the first one. Rejects with CONFIG_INVALID when they are sealed with another key. */
  open(): Promise<void>;
  /** From now on they are sealed with this one. */
  reseal(personalKey: string): Promise<void>;
  /** Puts a key before the others. */
  add(key: string): Promise<void>;
  /** Nothing is sealed with the others any more. */
  keepOnly(key: string): Promise<void>;
}

const place = 'keys of the store';

export function createKeyRecord(link: RedisLink, name: string, personalKey: string): KeyRecord {
  let personal = createKeyRing(personalKey);
  /** The current one first; none before it is opened. */
  let known: readonly string[] = [];
  let ring: KeyRing | undefined;

  const seal = (keys: readonly string[]): string =>
    personal.seal(JSON.stringify(keys), place).toString('base64');

  const learn = (keys: readonly string[]): void => {
    const [current] = keys;
    if (current === undefined) throw foreignKey();
    ring ??= createKeyRing(current);
    for (const key of [...keys].reverse()) ring.use(key);
    known = keys;
  };

  /** With what is there in hand, until nobody has come in between. */
  const change = async (next: (found: readonly string[]) => readonly string[]): Promise<void> => {
    for (;;) {
      const raw = asText(await link.call('GET', name));
      const keys = next(raw === undefined ? [] : unseal(personal, raw));
      const text = seal(keys);
      const args = [...(raw === undefined ? ['0', ''] : ['1', raw]), '1', text, ''];
      if (!isYes(await link.run(scripts.swap, [name], args))) continue;
      return learn(keys);
    }
  };

  /** What we have sealed must stay readable for all, also when the server has come back empty. */
  const refresh = async (): Promise<void> => {
    const raw = asText(await link.call('GET', name));
    const found = raw === undefined ? [] : unseal(personal, raw);
    const missing = known.filter((key) => !found.includes(key));
    if (found.length > 0 && missing.length === 0) return learn(found);
    await change((latest) => {
      const keys = [...latest, ...known.filter((key) => !latest.includes(key))];
      return keys.length > 0 ? keys : [newKey()];
    });
  };

  return {
    get ring() {
      if (!ring) throw foreignKey();
      return ring;
    },
    open: refresh,
    refresh,
    async reseal(key) {
      const next = createKeyRing(key);
      const raw = asText(await link.call('GET', name));
      const before = personal;
      const found = raw === undefined ? known : unseal(before, raw);
      personal = next;
      const args = [...(raw === undefined ? ['0', ''] : ['1', raw]), '1', seal(found), ''];
      if (isYes(await link.run(scripts.swap, [name], args))) return;
      personal = before;
      throw foreignKey();
    },
    add: (key) => change((found) => [key, ...found.filter((each) => each !== key)]),
    keepOnly: (key) => change(() => [key]),
  };
}

/** Whether this is the key that the keys are sealed with. */
export function fits(personalKey: string, raw: string): boolean {
  return createKeyRing(personalKey).open(Buffer.from(raw, 'base64'), place) !== undefined;
}

function unseal(personal: KeyRing, raw: string): string[] {
  const text = personal.open(Buffer.from(raw, 'base64'), place);
  const keys: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!Array.isArray(keys)) throw foreignKey();
  return keys.filter((key): key is string => typeof key === 'string' && isKey(key));
}

function foreignKey(): InvalidError {
  return new InvalidError('CONFIG_INVALID', 'this Redis is in use with another encryption key', {
    params: { property: 'encryptionKey', expected: '= Redis', why: 'redisOtherKey' },
  });
}
