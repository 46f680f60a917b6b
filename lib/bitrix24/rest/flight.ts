import type { Clock } from '../../core/clock';
import { RefusedError, UnreachableError, toError } from '../../core/errors';
import { retryDelay } from '../../core/retry';
import { onAbort } from '../../core/unless-aborted';
import { batchParams, batchTimeoutMs, noteTimes } from './batch';
import { readBatchAnswer } from './batch-answer';
import { batchRow } from './batch-row';
import type { Turn } from './limiter';
import type { BatchOutcome, CallParams } from './portal';
import type { Caller } from './call';
import type { OperatingLedger } from './operating';
import { rateLimitTries, retryPolicy } from './policies';
import { isMethodOverdrawn, isRateLimited } from './refusal';

/** One send, from the call until its promise is settled. */
export interface Parcel {
  readonly lane: string;
  readonly method: string;
  readonly params: CallParams;
  /** Its command in a batch; none when it must travel alone. */
  readonly row: () => string | undefined;
  /** In the order of posting. */
  readonly place: number;
  readonly signal: AbortSignal;
  readonly onDeparture: ((hasLeft: boolean) => void) | undefined;
  /** How often it came back unsent. */
  returns: number;
  patienceMs: number;
  settle(outcome: BatchOutcome): void;
}

export interface FlightParts {
  /** Makes one call without repeating it. */
  caller: Caller;
  ledger: OperatingLedger;
  clock: Clock;
  random?: (() => number) | undefined;
  refusedInBatch: (method: string) => void;
}

/** Sends the parcels in one request and settles them. Gives back those that certainly were not delivered yet. */
export async function flyTogether(
  turn: Turn,
  load: readonly Parcel[],
  parts: FlightParts,
): Promise<Parcel[]> {
  const stop = new AbortController();
  let aboard = load.length;
  const watches = load.map(({ signal }) => onAbort(signal, () => (aboard -= 1) === 0 && stop.abort()));
  try {
    const outcomes = await outcomesOf(turn, load, parts, stop.signal);
    const returned = returnedParcels(load, outcomes, parts);
    load.forEach((parcel, place) => {
      const outcome = outcomes[place];
      if (outcome && !returned.includes(parcel)) parcel.settle(outcome);
    });
    await pauseAfterNoConnection(outcomes, returned, parts, stop.signal);
    return returned;
  } finally {
    for (const stopWatching of watches) stopWatching();
  }
}

async function outcomesOf(
  turn: Turn,
  load: readonly Parcel[],
  { caller, ledger }: FlightParts,
  signal: AbortSignal,
): Promise<BatchOutcome[]> {
  const options = { idempotent: false, urgent: true, signal, takenTurn: forOneRequest(turn) };
  const [only, ...others] = load;
  try {
    if (only && others.length === 0) {
      return [{ answer: await caller({ method: only.method, params: only.params, ...options }) }];
    }
    // Keys that cannot be taken for places in a list: PHP would sort them, and answer with a list.
    const commands = load.map((parcel, place) => ({ ...parcel, key: `c${place}` }));
    const rows = commands.map(
      ({ key, method, params, row }) => [key, row() ?? batchRow(method, params)] as const,
    );
    const params = batchParams(rows);
    const answer = await caller({ method: 'batch', params, timeoutMs: batchTimeoutMs, ...options });
    const outcomes = readBatchAnswer(commands, answer);
    noteTimes(ledger, commands, outcomes);
    if (outcomes.some((outcome) => 'error' in outcome && isRateLimited(outcome.error))) turn.refused();
    return outcomes;
  } catch (error) {
    if (others.length === 0) return [{ error: toError(error) }];
    return load.map(({ method }) => ({ error: asItsOwn(method, toError(error)) }));
  }
}

function forOneRequest(turn: Turn): () => Turn | undefined {
  let left: Turn | undefined = turn;
  return () => {
    const taken = left;
    left = undefined;
    return taken;
  };
}

/** What became of the whole batch became of each of its commands. */
function asItsOwn(method: string, error: Error): Error {
  if (error instanceof UnreachableError) {
    const { code, sent, params, cause } = error;
    const detail = { sent, params, ...(cause instanceof Error ? { cause } : {}) };
    return new UnreachableError(code, `${method} in a ${error.message}`, detail);
  }
  if (!(error instanceof RefusedError)) return error;
  const { code, status, serviceCode, retryAfterMs, params } = error;
  return new RefusedError(code, `${method} in a ${error.message}`, {
    ...(status === undefined ? {} : { status }),
    ...(serviceCode === undefined ? {} : { serviceCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    params: { ...params, method },
  });
}

function returnedParcels(
  load: readonly Parcel[],
  outcomes: readonly BatchOutcome[],
  parts: FlightParts,
): Parcel[] {
  const returned = new Set<Parcel>();
  const overtakenLanes = new Set<string>();
  for (const [place, parcel] of [...load.entries()].reverse()) {
    const outcome = outcomes[place];
    if (!outcome) continue;
    if ('answer' in outcome || isUnclear(outcome.error)) overtakenLanes.add(parcel.lane);
    // Sent again it would arrive behind what followed it; a lost order is worse than an error that is told.
    else if (mayTryAgain(parcel, outcome.error, parts) && !overtakenLanes.has(parcel.lane))
      returned.add(parcel);
  }
  return load.filter((parcel) => returned.has(parcel));
}

function isUnclear(error: Error): boolean {
  return error instanceof UnreachableError && error.sent;
}

/** Only what the portal certainly did not carry out, and not for ever. */
function mayTryAgain(parcel: Parcel, error: Error, { ledger, refusedInBatch }: FlightParts): boolean {
  parcel.returns += 1;
  if (isMethodOverdrawn(error)) {
    parcel.patienceMs -= ledger.block(parcel.method, error.retryAfterMs);
    return parcel.patienceMs >= 0;
  }
  if (isRateLimited(error)) return parcel.returns < rateLimitTries;
  if (error instanceof RefusedError && error.serviceCode === 'ERROR_BATCH_METHOD_NOT_ALLOWED') {
    refusedInBatch(parcel.method);
    return parcel.row() !== undefined && parcel.returns < rateLimitTries;
  }
  return isNotSent(error) && parcel.returns < retryPolicy.attempts;
}

function isNotSent(error: Error): boolean {
  return error instanceof UnreachableError && !error.sent;
}

/** Nothing slows the limiter down when the portal cannot be reached. The lanes stay closed meanwhile. */
async function pauseAfterNoConnection(
  outcomes: readonly BatchOutcome[],
  returned: readonly Parcel[],
  { clock, random }: FlightParts,
  signal: AbortSignal,
): Promise<void> {
  const [first] = returned;
  const isLost = outcomes.some((outcome) => 'error' in outcome && isNotSent(outcome.error));
  if (!first || !isLost || signal.aborted) return;
  await clock.sleep(retryDelay(retryPolicy, first.returns, random), signal).catch(() => undefined);
}
