import { RefusedError, toError, UnreachableError } from '../core/errors';
import { codeOf } from './files';

/** `sent`: parts of the change may have reached the disk, and it may still take place. */
export function unavailable(fault: unknown, sent: boolean): UnreachableError {
  const cause = toError(fault);
  const reason = codeOf(fault) || 'unknown';
  return new UnreachableError('STORE_UNAVAILABLE', `the store's folder cannot be used: ${reason}`, {
    sent,
    cause,
    params: { reason },
  });
}

export function locked(pid: number, host: string): RefusedError {
  return new RefusedError('STORE_LOCKED', `process ${pid} on ${host} uses the store`, {
    params: { pid, host },
  });
}
