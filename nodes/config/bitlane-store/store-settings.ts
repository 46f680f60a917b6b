import { InvalidError } from '../../../lib/core/errors';
import type { Translate } from '../../runtime/explain';
import type { Settings } from '../../runtime/settings';
import { storeDefaults, type StoreLimits } from '../../runtime/stores';

export interface StoreSettings extends StoreLimits {
  /** As it was written: empty for the shared one. */
  folder: string;
  encryptionKey: string | undefined;
}

/** A month of minutes, ten years of days. */
const MINUTES = { min: 0.01, max: 43_200 };
const DAYS = { min: 0.01, max: 3650 };

export function readStoreSettings(settings: Settings, translate: Translate): StoreSettings {
  const { keyPrefix, eventMaxAgeMinutes, deadLetterDays } = storeDefaults;
  if (settings.text('backend', 'embedded') !== 'embedded') {
    throw invalid(
      'backend',
      translate('bitlane-store.expected.backend'),
      'this version has no other backend',
    );
  }
  const prefix = settings.text('keyPrefix', keyPrefix);
  if (/\s/.test(prefix)) throw invalid('keyPrefix', keyPrefix, 'the key prefix has a blank in it');
  return {
    folder: settings.text('folder'),
    encryptionKey: settings.secret('encryptionKey'),
    keyPrefix: prefix,
    eventMaxAgeMinutes: settings.number('eventMaxAgeMinutes', eventMaxAgeMinutes, MINUTES),
    deadLetterDays: settings.number('deadLetterDays', deadLetterDays, DAYS),
  };
}

function invalid(property: string, expected: string, detail: string): InvalidError {
  return new InvalidError('CONFIG_INVALID', detail, { params: { property, expected } });
}

/** What is wrong with the key, in the person's language. */
export function inWords(thrown: unknown, translate: Translate): unknown {
  const why = thrown instanceof InvalidError ? thrown.params.why : undefined;
  if (!(thrown instanceof InvalidError) || (why !== 'shortKey' && why !== 'otherKey')) return thrown;
  return invalid('encryptionKey', translate(`bitlane-store.expected.${why}`), thrown.message);
}
