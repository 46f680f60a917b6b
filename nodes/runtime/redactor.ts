import { createRedactor } from '../../lib/core/redact';
import type { Settings } from './settings';

/** One for the process: it learns every credential a node reads, so that no message of any node can show it. */
export const packRedactor = createRedactor();

/** From here on no error, log line or status of any node can show the values that this one reads. */
export function learnSecrets(settings: Settings): Settings {
  const learn = <T extends string | undefined>(value: T): T => {
    packRedactor.learn(value);
    return value;
  };
  return {
    ...settings,
    secret: (name) => learn(settings.secret(name)),
    requiredSecret: (name) => learn(settings.requiredSecret(name)),
  };
}
