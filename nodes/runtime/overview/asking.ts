import { startTimer, type Clock } from '../../../lib/core/clock';
import { BitlaneError, toError } from '../../../lib/core/errors';
import { packRedactor } from '../redactor';
import type { Trouble } from './shapes';

/** A page that somebody waits for must not wait for a store whose disk hangs. */
const LIMIT_MS = 2000;

export interface Asked<View> {
  describe: () => Promise<View> | View;
  /** Asked and not answered: the next reader waits for the same answer. */
  asking?: Promise<View> | undefined;
}

export function askOnce<View>(part: Asked<View>): Promise<View> {
  const asking = part.asking ?? Promise.resolve().then(part.describe);
  part.asking = asking;
  const forget = (): void => {
    if (part.asking === asking) part.asking = undefined;
  };
  asking.then(forget, forget);
  return asking;
}

/** What a part says of its failure, in a form that can be sent. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof SilentError) return { code: 'SILENT', message: thrown.message };
  const error = toError(thrown);
  const message = packRedactor.text(error.message);
  if (!(error instanceof BitlaneError)) return { code: 'INTERNAL', message };
  return { code: error.code, message, params: error.params };
}

class SilentError extends Error {}

export async function within<Value>(clock: Clock, work: Promise<Value>): Promise<Value> {
  let stop = (): void => undefined;
  const limit = new Promise<never>((_, reject) => {
    stop = startTimer(clock, LIMIT_MS, () =>
      reject(new SilentError(`no answer within ${LIMIT_MS / 1000} s`)),
    );
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    stop();
  }
}
