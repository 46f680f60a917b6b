import type { Clock } from '../../lib/core/clock';
import { readCall, type Call, type CallRow } from '../../lib/bitrix24/calls/call';
import {
  prepareCallFilter,
  type CallFilter,
  type CallFilterSettings,
} from '../../lib/bitrix24/calls/call-filter';
import {
  createCallHistory,
  type CallHistory,
  type CallHistoryNotice,
} from '../../lib/bitrix24/calls/history';
import type { CallNames } from '../../lib/bitrix24/calls/names';
import type { PortalRest } from '../../lib/bitrix24/rest/portal';
import type { SyncRow, SyncSource } from '../../lib/sync/source';
import { labelOfCall } from './call-label';

/** A row of the call history on its way to the flow. */
export interface HistoryCall {
  readonly row: CallRow;
  readonly call: Call;
  /** That it was asked for by. */
  readonly filter: Pick<CallFilter, 'judge'>;
  /** The call with the names of its people: asked for once for a whole page, when the first of its calls is handed out. */
  readonly named: (signal: AbortSignal) => Promise<Call>;
  /** With the names as far as they are known by now. */
  readonly known: () => Call;
}

export interface CallSourceOptions {
  readonly rest: Pick<PortalRest, 'ask' | 'batch' | 'call'>;
  readonly settings: CallFilterSettings;
  readonly clock: Clock;
  /** Left out: calls go without names. */
  readonly names?: CallNames | undefined;
  readonly onNotice: (notice: CallHistoryNotice) => void;
}

interface NamedCall {
  readonly call: Call;
  readonly isUnasked: boolean;
}

interface Prepared {
  readonly filter: CallFilter;
  readonly history: CallHistory;
  readonly at: number;
}

/** Once a day the portal is asked again how its clocks go: its summer time may have begun. */
const GOOD_FOR_MS = 24 * 60 * 60_000;

/** The call history of a portal as a cursor reads it. */
export function createCallSource(options: CallSourceOptions): SyncSource<HistoryCall> {
  const { rest, settings, clock, names, onNotice } = options;
  let prepared: Prepared | undefined;

  async function prepare(signal: AbortSignal): Promise<Prepared> {
    const now = clock.now();
    if (prepared && now < prepared.at + GOOD_FOR_MS) return prepared;
    const filter = await prepareCallFilter(settings, rest, signal);
    prepared = { filter, history: createCallHistory({ rest, filter, onNotice }), at: now };
    return prepared;
  }

  function callsOf(rows: readonly CallRow[], filter: CallFilter): SyncRow<HistoryCall>[] {
    const found = rows.flatMap((row) => {
      const call = readCall(row);
      return call ? [{ row, call }] : [];
    });
    const named = namedPage(found.map(({ call }) => call));
    return found.map(({ row, call }, place) => {
      let known = call;
      const item: HistoryCall = {
        ...{ row, call, filter },
        async named(signal) {
          const mine = (await named(signal))[place];
          if (mine) known = await nameAgain(mine, signal);
          return known;
        },
        known: () => known,
      };
      return { id: call.id, item };
    });
  }

  function namedPage(calls: readonly Call[]): (signal: AbortSignal) => Promise<readonly NamedCall[]> {
    let asking: Promise<readonly NamedCall[]> | undefined;
    return (signal) => {
      asking ??= nameAll(calls, signal).catch((error: unknown) => {
        asking = undefined;
        throw error;
      });
      return asking;
    };
  }

  async function nameAll(calls: readonly Call[], signal: AbortSignal): Promise<NamedCall[]> {
    if (!names) return calls.map((call) => ({ call, isUnasked: false }));
    const named = await names.named(calls, signal);
    return named.map((call) => ({ call, isUnasked: names.isUnasked(call) }));
  }

  /** What failed for the whole page is asked once more for the call itself: in SpeechSense it would have no names for good. */
  async function nameAgain({ call, isUnasked }: NamedCall, signal: AbortSignal): Promise<Call> {
    if (!names || !isUnasked) return call;
    const [again = call] = await names.named([call], signal);
    return again;
  }

  return {
    async count(after, signal) {
      return (await prepare(signal)).history.count(after, signal);
    },
    async *pagesAfter(after, signal) {
      const { history, filter } = await prepare(signal);
      for await (const page of history.pagesAfter(after, signal)) yield callsOf(page, filter);
    },
    async byIds(ids, signal) {
      const { history, filter } = await prepare(signal);
      return callsOf(await history.byIds(ids, signal), filter);
    },
    judge: ({ call, filter }) => filter.judge(call),
    label: ({ known }) => labelOfCall(known()),
  };
}
