import { InvalidError } from '../../../lib/core/errors';
import { assertUsableKey } from '../../../lib/store/key-text';
import { parseRedisAddress } from '../../../lib/store/redis/address';
import type { Translate } from '../../runtime/explain';
import type { Settings } from '../../runtime/settings';
import { storeDefaults, type StoreLimits, type StoreWish } from '../../runtime/stores';

export interface StoreSettings extends StoreLimits {
  /** A folder is as it was written: empty for the shared one. */
  place: StoreWish;
  /** The portal counts the requests of all Node-RED with this Redis together, as they come from one address. */
  sharedAddress: boolean;
}

/** A month of minutes, ten years of days. */
const MINUTES = { min: 0.01, max: 43_200 };
const DAYS = { min: 0.01, max: 3650 };

export function readStoreSettings(settings: Settings, translate: Translate): StoreSettings {
  try {
    return read(settings);
  } catch (thrown) {
    throw inWords(thrown, translate);
  }
}

function read(settings: Settings): StoreSettings {
  const { keyPrefix, eventMaxAgeMinutes, deadLetterDays } = storeDefaults;
  const backend = settings.choice('backend', ['embedded', 'redis']);
  const prefix = settings.text('keyPrefix', keyPrefix);
  if (/\s/.test(prefix))
    throw invalid('keyPrefix', keyPrefix, 'the key prefix has a blank in it', 'keyPrefix');
  // Redis would take what is in braces for the place where a key belongs.
  if (backend === 'redis' && /[{}]/.test(prefix)) {
    throw invalid('keyPrefix', keyPrefix, 'the key prefix has a brace in it', 'keyPrefix');
  }
  return {
    place: backend === 'redis' ? redisPlace(settings, prefix) : folderPlace(settings),
    sharedAddress: backend === 'redis' && settings.flag('sharedAddress', true),
    keyPrefix: prefix,
    eventMaxAgeMinutes: settings.number('eventMaxAgeMinutes', eventMaxAgeMinutes, MINUTES),
    deadLetterDays: settings.number('deadLetterDays', deadLetterDays, DAYS),
  };
}

function folderPlace(settings: Settings): StoreWish {
  return { folder: settings.text('folder'), encryptionKey: settings.secret('encryptionKey') };
}

function redisPlace(settings: Settings, keyPrefix: string): StoreWish {
  const address = parseRedisAddress(settings.requiredSecret('redisUrl'));
  const encryptionKey = settings.secret('encryptionKey');
  if (encryptionKey === undefined) {
    throw new InvalidError('CONFIG_INVALID', 'a store in Redis needs an encryption key', {
      params: { property: 'encryptionKey', expected: '', why: 'redisNoKey' },
    });
  }
  assertUsableKey(encryptionKey);
  return { redis: { address, keyPrefix }, encryptionKey };
}

function invalid(property: string, expected: string, detail: string, why = ''): InvalidError {
  const params = { property, expected, ...(why !== '' && { why }) };
  return new InvalidError('CONFIG_INVALID', detail, { params });
}

const explained: ReadonlySet<unknown> = new Set([
  ...['shortKey', 'otherKey', 'redisUrl', 'redisNoKey', 'redisOtherKey'],
]);

/** What is wrong with the key or the address, in the person's language. */
export function inWords(thrown: unknown, translate: Translate): unknown {
  if (!(thrown instanceof InvalidError) || !explained.has(thrown.params.why)) return thrown;
  const { property = '', why = '' } = thrown.params;
  return invalid(String(property), translate(`bitlane-store.expected.${why}`), thrown.message);
}
