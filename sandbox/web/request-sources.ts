import type { Portal } from '../bitrix24';
import type { CallRecord as DifyCall, Dify } from '../dify';
import type { SpeechSense } from '../speechsense';
import type { Typebot } from '../typebot';

export interface StandIns {
  portal: Portal;
  dify: Dify;
  typebot: Typebot;
  speechSense: SpeechSense;
}

export interface Exchange {
  from: string;
  /** Empty: it was sent to nobody. */
  to: string;
  /** The method, the event or the address. */
  what: string;
  /** 0 when it got no answer. */
  status: number | string;
  error?: string | undefined;
  /** Something is wrong with it. */
  isBad: boolean;
  /** Put into the queue of a bot that fetches its events. */
  isQueued?: boolean;
  /** Without secrets. */
  sent: unknown;
  /** Where it is known. */
  answered?: unknown;
}

export interface Entry {
  /** When it began. */
  at: number;
  view: () => Exchange;
}

/** Gives what has ended since it was asked last. */
export type Source = () => Entry[];

const pack = 'Node-RED';

/** What begins in one moment stands in this order: an event is told before the calls that it brings. */
export function sourcesOf({ portal, dify, typebot, speechSense }: StandIns): Source[] {
  return [
    sourceOf(portal.deliveries, {
      at: (delivery) => delivery.at,
      view: ({ event, via, status = 0, failure, wire, answer }) => ({
        ...{ from: 'Bitrix24', to: via === 'fetch' ? '' : pack, what: event, status, error: failure },
        ...{ isBad: isFailed(status, failure), isQueued: via === 'fetch' },
        ...{ sent: wire?.fields, answered: answer === '' ? undefined : answer },
      }),
    }),
    sourceOf(portal.calls, {
      at: (call) => call.at,
      view: ({ method, status, error, params, answer }) => ({
        ...{ from: pack, to: 'Bitrix24', what: method, status, error, sent: params, answered: answer },
        isBad: isFailed(status, error) && !isExpected(method, error),
      }),
    }),
    sourceOf(dify.calls, {
      at: (call) => call.at,
      isOver: ({ ended }) => ended,
      view: (call) => ({
        ...{ from: pack, to: 'Dify', what: `${call.method} ${call.target}`, status: call.status },
        ...{ error: call.error, isBad: isFailed(call.status, call.error) },
        ...{ sent: call.body, answered: runOf(dify, call) },
      }),
    }),
    sourceOf(typebot.requests, {
      at: (request) => request.at,
      isOver: ({ ended }) => ended,
      view: ({ method, target, status, error, body, answer }) => ({
        ...{ from: pack, to: 'Typebot', what: `${method} ${target}`, status, error },
        ...{ isBad: isFailed(status, error), sent: body, answered: answer },
      }),
    }),
    sourceOf(speechSense.calls, {
      at: (call) => call.at,
      isOver: ({ isOver, status }) => isOver || status !== undefined,
      view: ({ method = 'unknown method', status, messages, talkId }) => ({
        ...{ from: pack, to: 'SpeechSense', what: method, sent: messages },
        ...{ status: statusOf(status), isBad: status !== undefined && status !== grpcOk },
        answered: talkId === undefined ? undefined : { talk_id: talkId },
      }),
    }),
  ];
}

const grpcOk = 0;

function statusOf(status: number | undefined): string | number {
  if (status === undefined) return 0;
  return status === grpcOk ? 'OK' : `gRPC ${status}`;
}

const isFailed = (status: number, error: string | undefined): boolean => error !== undefined || status >= 400;

/** Before a bot is made, one looks whether it is there. */
const isExpected = (method: string, error: string | undefined): boolean =>
  method === 'imbot.v2.Bot.get' && error === 'BOT_NOT_FOUND';

/** What a run has streamed: which events, how many of each in a row, and what it came to. */
function runOf({ runs }: Dify, { endpoint, app, user, at }: DifyCall): unknown {
  if (endpoint !== 'run') return undefined;
  const run = runs.find(
    ({ startedAt, turn }) => startedAt >= at && turn.user === user && turn.app.name === app,
  );
  if (!run) return undefined;
  const streamed: { event: string; times: number }[] = [];
  for (const { event } of run.events) {
    const before = streamed.at(-1);
    if (before?.event === event) before.times += 1;
    else streamed.push({ event, times: 1 });
  }
  const events = streamed.map(({ event, times }) => (times > 1 ? `${event} × ${times}` : event));
  return run.message ? { events, answer: run.message.answer } : { events, end: run.events.at(-1) };
}

interface Reading<T> {
  at: (record: T) => number;
  isOver?: (record: T) => boolean;
  view: (record: T) => Exchange;
}

function sourceOf<T>(list: readonly T[], { at, view, isOver = () => true }: Reading<T>): Source {
  const underWay = new Set<T>();
  let last: T | undefined;
  return () => {
    // Of a list that grows at its end; what is old may have been dropped at its beginning.
    for (const record of list.slice(last === undefined ? 0 : list.lastIndexOf(last) + 1))
      underWay.add(record);
    last = list.at(-1);
    const ended = [...underWay].filter(isOver);
    for (const record of ended) underWay.delete(record);
    return ended.map((record) => ({ at: at(record), view: () => view(record) }));
  };
}
