import { InvalidError } from '../../core/errors';
import type { Turn } from './limiter';
import type { CallOptions, CallParams, RestAnswer } from './portal';

export interface RestCall extends CallOptions {
  readonly method: string;
  readonly params: CallParams;
  readonly signal: AbortSignal;
  /** A turn that was taken before the call was put together; good for one request. */
  readonly takenTurn?: (() => Turn | undefined) | undefined;
  /** Told what the request was authorised with. */
  readonly onAuthorised?: ((fields: Readonly<Record<string, string>>) => void) | undefined;
}

export type Caller = (call: RestCall) => Promise<RestAnswer>;
/** A rule about calls, wrapped round whatever makes them. */
export type CallPolicy = (next: Caller) => Caller;

/** The policies are listed from the outside in. */
export function wrapped(caller: Caller, policies: readonly CallPolicy[]): Caller {
  return policies.reduceRight((next, policy) => policy(next), caller);
}

/** A name with a slash or a colon in it could lead the call, secret and all, to another host. */
export function checkMethodName(method: string): void {
  if (/^[A-Za-z][\w.]{0,199}$/.test(method)) return;
  throw new InvalidError('INPUT_INVALID', 'this is not the name of a Bitrix24 method', {
    params: { what: 'method' },
  });
}
