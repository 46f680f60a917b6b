import { startTimer, type Clock } from '../../core/clock';
import { RefusedError, UnreachableError } from '../../core/errors';
import { flagAt, idAt } from '../../core/fields';
import type { Credential } from '../rest/credential';
import type { PortalRest } from '../rest/portal';

/** What the portal says of whoever a token belongs to. */
export interface Profile {
  readonly userId: number;
  readonly isAdmin: boolean;
}

/** Longer than that nobody looks at an empty page. */
const patienceMs = 15_000;

/** The token of a person who looks at the page: good for as long as it lasts, and renewed by nobody here. */
export function visitorCredential(endpoint: URL, accessToken: string): Credential {
  return {
    base: () => endpoint,
    fields: async () => ({ auth: accessToken }),
    renew: async () => false,
    moveTo: async () => {
      throw new RefusedError('BITRIX_MOVED', 'the portal has moved since the page was opened');
    },
  };
}

/** `profile` needs no permission of the app, and is the one method that tells whether somebody is an administrator. */
export async function readProfile(rest: Pick<PortalRest, 'call'>, clock: Clock): Promise<Profile> {
  const limit = new AbortController();
  const stopTimer = startTimer(clock, patienceMs, () => limit.abort());
  try {
    const options = { idempotent: true, urgent: true, signal: limit.signal };
    const profile = await rest.call('profile', {}, options);
    const userId = idAt(profile, 'ID');
    if (userId === undefined) throw noAnswer('the answer names nobody');
    return { userId, isAdmin: flagAt(profile, 'ADMIN') };
  } catch (thrown) {
    throw limit.signal.aborted ? noAnswer('the portal took too long') : thrown;
  } finally {
    stopTimer();
  }
}

function noAnswer(reason: string): UnreachableError {
  return new UnreachableError('BITRIX_UNREACHABLE', `profile: ${reason}`, { sent: true });
}
