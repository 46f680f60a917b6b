import { CancelledError, toError } from '../../core/errors';
import { onAbort } from '../../core/unless-aborted';
import { batchRow, isFileMethod, isSameInRow } from './batch-row';
import { longestBatch } from './batch';
import type { PortalLimiter, Turn } from './limiter';
import type { CallParams, RestAnswer, SendOptions } from './portal';
import { checkMethodName } from './call';
import { flyTogether, type FlightParts, type Parcel } from './flight';
import { operatingPatienceMs } from './operating';
import { createStopper } from './stop';

export interface OutboxParts extends Omit<FlightParts, 'refusedInBatch'> {
  limiter: () => PortalLimiter;
}

export interface Outbox {
  send(lane: string, method: string, params: CallParams, options?: SendOptions): Promise<RestAnswer>;
  close(): void;
  /** Ends what waits; resolves when what has left is over. */
  drain(): Promise<void>;
}

/** A longer row travels alone, and a batch is closed when its rows reach the sum. */
const longestRow = 400_000;
const longestRows = 2_000_000;

/**
 * Replies on their way out. One leaves at once when the limiter is free; those that have to wait for it leave
 * together, in one batch. A lane has one flight under way at a time, so its sends arrive in order.
 */
export function createOutbox(parts: OutboxParts): Outbox {
  const { limiter, ledger } = parts;
  const stopper = createStopper();
  /** Methods that the portal once refused in a batch. */
  const travelAlone = new Set<string>();
  const busyLanes = new Set<string>();
  const flightParts: FlightParts = { ...parts, refusedInBatch: (method) => travelAlone.add(method) };
  let waiting: Parcel[] = [];
  const flights = new Set<Promise<void>>();
  let isDraining = false;
  let posted = 0;
  let turnWish: AbortController | undefined;
  ledger.onLifted(pump);

  async function send(
    lane: string,
    method: string,
    params: CallParams,
    { signal, onDeparture }: SendOptions = {},
  ) {
    checkMethodName(method);
    if (isDraining) throw new CancelledError();
    return stopper.run(signal, (own) => post({ lane, method, params, signal: own, onDeparture }));
  }

  function post(
    order: Pick<Parcel, 'lane' | 'method' | 'params' | 'signal' | 'onDeparture'>,
  ): Promise<RestAnswer> {
    return new Promise((resolve, reject) => {
      const parcel: Parcel = {
        ...order,
        row: rowWhenAsked(order.method, order.params),
        place: (posted += 1),
        returns: 0,
        patienceMs: operatingPatienceMs,
        settle: (outcome) => ('answer' in outcome ? resolve(outcome.answer) : reject(outcome.error)),
      };
      onAbort(order.signal, () => {
        parcel.settle({ error: new CancelledError() });
        forget(parcel);
      });
      waiting.push(parcel);
      if (!busyLanes.has(parcel.lane)) pump();
    });
  }

  function forget(parcel: Parcel): void {
    waiting = waiting.filter((other) => other !== parcel);
    if (waiting.length === 0) turnWish?.abort();
  }

  /** The parcels at the head of their lanes that may leave in one request. */
  function loadable(most: number): Parcel[] {
    const loaded: Parcel[] = [];
    const methodOfLane = new Map<string, string>();
    const closedLanes = new Set(busyLanes);
    let length = 0;
    for (const parcel of waiting) {
      const { lane, method, row } = parcel;
      if (loaded.length >= most) break;
      if (closedLanes.has(lane)) continue;
      // Two methods of one lane in one batch: one could be refused for its operating time and the other overtake it.
      const isMixed = (methodOfLane.get(lane) ?? method) !== method;
      if (isMixed || ledger.blockedMs(method) > 0) {
        closedLanes.add(lane);
        continue;
      }
      if (most === 1) return [parcel];
      const written = row();
      if (written === undefined || travelAlone.has(method)) {
        if (loaded.length === 0) return [parcel];
        closedLanes.add(lane);
      } else {
        length += written.length;
        if (length > longestRows && loaded.length > 0) break;
        loaded.push(parcel);
        methodOfLane.set(lane, method);
      }
    }
    return loaded;
  }

  function pump(): void {
    while (!turnWish && waiting.length > 0) {
      // After a wait there is room for several requests, but seldom for one each.
      const share = Math.ceil(waiting.length / Math.max(1, limiter().room()));
      const load = loadable(Math.min(share, longestBatch));
      if (load.length === 0) return;
      const turn = limiter().tryEnter();
      if (turn) takeOff(turn, load);
      else wishTurn();
    }
  }

  function wishTurn(): void {
    const wish = new AbortController();
    turnWish = wish;
    const onTurn = (turn: Turn): void => {
      turnWish = undefined;
      const load = loadable(longestBatch);
      if (load.length > 0) takeOff(turn, load);
      else turn.giveBack();
      pump();
    };
    const onGone = (): void => {
      turnWish = undefined;
      pump();
    };
    limiter().enter({ urgent: true, signal: wish.signal }).then(onTurn, onGone);
  }

  function takeOff(turn: Turn, load: readonly Parcel[]): void {
    const aboard = new Set(load);
    waiting = waiting.filter((parcel) => !aboard.has(parcel));
    const lanes = new Set(load.map((parcel) => parcel.lane));
    for (const lane of lanes) busyLanes.add(lane);
    for (const { onDeparture } of load) onDeparture?.(true);
    const land = (): void => {
      for (const lane of lanes) busyLanes.delete(lane);
      pump();
    };
    const flight = flyTogether(turn, load, flightParts)
      .then(takeBack, (error: unknown) => {
        for (const parcel of load) parcel.settle({ error: toError(error) });
      })
      .then(land, land)
      .finally(() => flights.delete(flight));
    flights.add(flight);
  }

  function takeBack(returned: readonly Parcel[]): void {
    for (const { onDeparture } of returned) onDeparture?.(false);
    if (isDraining) return refuse(returned);
    const left = returned.filter((parcel) => !parcel.signal.aborted);
    if (left.length > 0) waiting = [...left, ...waiting].sort((one, other) => one.place - other.place);
  }

  function refuse(parcels: readonly Parcel[]): void {
    for (const parcel of parcels) parcel.settle({ error: new CancelledError() });
  }

  async function drain(): Promise<void> {
    isDraining = true;
    const left = waiting;
    waiting = [];
    turnWish?.abort();
    refuse(left);
    await Promise.all(flights);
  }

  return { send, close: () => stopper.stop(), drain };
}

/** Most travel alone, and nobody asks. */
function rowWhenAsked(method: string, params: CallParams): Parcel['row'] {
  let written: { row: string | undefined } | undefined;
  return () => (written ??= { row: rowOf(method, params) }).row;
}

function rowOf(method: string, params: CallParams): string | undefined {
  if (isFileMethod(method)) return undefined;
  try {
    const row = isSameInRow(params) ? batchRow(method, params) : '';
    return row !== '' && row.length <= longestRow ? row : undefined;
  } catch {
    // What cannot be written says so when it travels, and takes no other with it.
    return undefined;
  }
}
