import { systemClock, type Clock } from '../../core/clock';
import {
  BitlaneError,
  CancelledError,
  RefusedError,
  UnreachableError,
  toError,
  type ErrorCode,
} from '../../core/errors';
import { at, textAt } from '../../core/fields';
import { stableDigest } from '../../core/stable-digest';
import { sharedTurns, type Turns } from '../../core/turns';
import { onAbort } from '../../core/unless-aborted';
import type { Store, StoreSource } from '../../store/store';
import { inTurnOfAll } from '../../store/turn-of-all';
import type { CallParams, PortalRest } from './portal';

export interface CallOnce {
  readonly rest: Pick<PortalRest, 'send'>;
  readonly store: StoreSource;
  /** Names the portal for as long as the store lives. */
  readonly place: string;
  readonly method: string;
  readonly params: CallParams;
  /** One call for each key of a method. */
  readonly key: string;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly turns?: Turns;
}

export interface CalledOnce {
  readonly result: unknown;
  /** The call was made before, and this is what came of it then. */
  readonly isRepeat: boolean;
}

/** As long as what was uploaded is known, so that a second reading of a history changes nothing. */
const keepMs = 400 * 24 * 3600_000;
const kept = { ttlMs: keepMs, durable: true } as const;
/** What changes something answers with an id. A longer result is not given again. */
const longestResult = 10_000;

/**
 * Makes a call that must not be made twice. On disk before it leaves: so whatever ends this process, the next one
 * knows that it may have been made. Without the store nothing leaves.
 */
export async function callOnce(wanted: CallOnce): Promise<CalledOnce> {
  const { place, method, key, signal, turns = sharedTurns, clock = systemClock } = wanted;
  const recordKey = `bitrix:once:${place}:${method.toLowerCase()}:${stableDigest(key)}`;
  const turn = await turns.take([recordKey], signal);
  try {
    const store = await wanted.store();
    const known = repeatIn(await store.get(recordKey));
    if (known) return known;
    // Another process may be at it: what it has begun is no riddle while it lives.
    return await inTurnOfAll(store, { name: recordKey, clock, signal }, () =>
      callUnlessKnown(wanted, store, recordKey),
    );
  } finally {
    turn.release();
  }
}

async function callUnlessKnown(wanted: CallOnce, store: Store, recordKey: string): Promise<CalledOnce> {
  const { method, clock = systemClock } = wanted;
  const known = await store.get(recordKey);
  const repeat = repeatIn(known);
  if (repeat) return repeat;
  const begun = { state: 'begun', at: clock.now() };
  const isOurs = known === undefined && (await store.compareAndSet(recordKey, undefined, begun, kept));
  if (!isOurs) throw uncertainty(method, 'it was begun before');
  const result = await makeCall(wanted, store, recordKey);
  // The call was made, whatever becomes of the record: left as begun, it is not made again.
  await noteDone(store, recordKey, { result, at: clock.now() }).catch(() => undefined);
  return { result, isRepeat: false };
}

function repeatIn(known: unknown): CalledOnce | undefined {
  if (textAt(known, 'state') !== 'done') return undefined;
  return { result: at(known, 'result') ?? null, isRepeat: true };
}

async function makeCall(
  { rest, method, params, signal }: CallOnce,
  store: Store,
  recordKey: string,
): Promise<unknown> {
  let hasLeft = false;
  const staying = new AbortController();
  // What has left is waited for, also when the node closes: the portal node knows for how long.
  const stop = (): void => {
    if (!hasLeft) staying.abort(new CancelledError());
  };
  const forgetSignal = onAbort(signal, stop);
  const onDeparture = (left: boolean): void => {
    hasLeft = left;
    if (signal.aborted) stop();
  };
  try {
    return await rest.send(recordKey, method, params, { signal: staying.signal, onDeparture });
  } catch (thrown) {
    const error = toError(thrown);
    if (mayBeMade(error, hasLeft)) throw uncertainty(method, reasonOf(error), error);
    await store.delete(recordKey, { durable: true });
    throw error;
  } finally {
    forgetSignal();
  }
}

function noteDone(store: Store, recordKey: string, done: { result: unknown; at: number }): Promise<void> {
  const { result, at: madeAt } = done;
  const isShort = (JSON.stringify(result) ?? '').length <= longestResult;
  const record = { state: 'done', at: madeAt, ...(isShort && result !== undefined && { result }) };
  return store.set(recordKey, record, { ...kept, sealed: true });
}

/** These say that the portal has not even begun. */
const turnedAway: readonly ErrorCode[] = ['BITRIX_RATE_LIMIT', 'BITRIX_OVERLOADED', 'BITRIX_MOVED'];
/** The portal looks at rights before it begins. */
const notAllowed: readonly ErrorCode[] = ['BITRIX_AUTH', 'BITRIX_PLAN', 'BITRIX_CONFIRM'];
/** And then at the method and its parameters. */
const unfit: ReadonlySet<string> = new Set([
  ...['ERROR_METHOD_NOT_FOUND', 'ERROR_BATCH_METHOD_NOT_ALLOWED', 'ERROR_BATCH_LENGTH_EXCEEDED'],
  ...['ERROR_ARGUMENT', 'ERROR_REQUIRED_PARAMETERS_MISSING', 'INVALID_ARG_VALUE', 'WRONG_REQUEST'],
  ...['ERROR_NOT_FOUND', 'NOT_FOUND', 'FILTER_INVALID', 'INVALID_REQUEST'],
]);
const broken = 'INTERNAL_SERVER_ERROR';

function mayBeMade(error: Error, hasLeft: boolean): boolean {
  if (error instanceof UnreachableError) return error.sent;
  if (error instanceof RefusedError) return !isCertainlyRefused(error);
  return hasLeft;
}

/** A command of a batch has no status of its own, and breaks under a code like any other. */
function isCertainlyRefused({ code, status, serviceCode = '' }: RefusedError): boolean {
  if (turnedAway.includes(code)) return true;
  if (status !== undefined && status >= 400) return status < 500 && status !== 408 && serviceCode !== broken;
  return notAllowed.includes(code) || unfit.has(serviceCode);
}

function reasonOf(error: Error): string {
  if (error instanceof RefusedError) return error.serviceCode ?? error.code;
  return error instanceof BitlaneError ? error.code : 'INTERNAL';
}

function uncertainty(method: string, reason: string, cause?: Error): UnreachableError {
  return new UnreachableError('BITRIX_UNCERTAIN', `${method}: whether it was done is not known (${reason})`, {
    sent: true,
    params: { method, reason },
    ...(cause && { cause }),
  });
}
