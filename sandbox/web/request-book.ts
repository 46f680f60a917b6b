import { createMasking } from '../bitrix24/masking';
import type { Portal } from '../bitrix24';
import type { Dify } from '../dify';
import type { CallRecord as DifyCall } from '../dify';
import type { SpeechSense } from '../speechsense';
import type { Typebot } from '../typebot';
import { isMap } from '../shared/params';

export interface StandIns {
  portal: Portal;
  dify: Dify;
  typebot: Typebot;
  speechSense: SpeechSense;
}

export interface RequestView extends Exchange {
  number: number;
  at: number;
}

interface Exchange {
  from: string;
  to: string;
  /** The method, the event or the address. */
  what: string;
  /** 0 when it got no answer. */
  status: number | string;
  error?: string | undefined;
  /** Without secrets. */
  sent: unknown;
  /** Where it is known. */
  answered?: unknown;
}

export interface RequestBook {
  /** Those behind this number, the oldest first. */
  after(number: number): RequestView[];
  /** Looks for what has come since. */
  look(): void;
}

interface Entry {
  at: number;
  view: () => Exchange;
}

/** Gives what has ended since it was asked last. */
type Source = () => Entry[];

const most = 1000;
/** As many as a page shows. */
const mostAtOnce = 300;
const longestText = 2000;
const longestList = 20;

/** Everything that went to and fro, in its order, so that the protocols can be read along. */
export function createRequestBook(standIns: StandIns, secrets: () => readonly string[]): RequestBook {
  const sources = sourcesOf(standIns);
  const masking = createMasking();
  let entries: (Entry & { number: number })[] = [];
  let last = 0;

  // Cut last: of a secret that a cut goes through, one half would stay.
  const clean = (value: unknown): unknown => shortened(masking.clean(withoutBytes(value)));

  return {
    look() {
      for (const secret of secrets()) masking.hide(secret);
      const fresh = sources.flatMap((source) => source()).sort((one, other) => one.at - other.at);
      for (const entry of fresh) entries.push({ ...entry, number: (last += 1) });
      if (entries.length > most) entries = entries.slice(-most);
    },
    after: (number) =>
      entries
        .filter((entry) => entry.number > number)
        .slice(-mostAtOnce)
        .map((entry) => {
          const { what, error, sent, answered, ...rest } = entry.view();
          return {
            ...{ number: entry.number, at: entry.at, ...rest },
            what: String(clean(what)),
            error: error === undefined ? undefined : String(clean(error)),
            sent: clean(sent),
            answered: clean(answered),
          };
        }),
  };
}

const pack = 'Node-RED';

function sourcesOf({ portal, dify, typebot, speechSense }: StandIns): Source[] {
  return [
    sourceOf(portal.calls, {
      at: (call) => call.at,
      view: ({ method, status, error, params, answer }) => ({
        ...{ from: pack, to: 'Bitrix24', what: method, status, error, sent: params, answered: answer },
      }),
    }),
    sourceOf(portal.deliveries, {
      at: ({ durationMs }) => portal.state.now() - durationMs,
      view: ({ event, status = 0, failure, wire, answer }) => ({
        ...{ from: 'Bitrix24', to: pack, what: event, status, error: failure },
        ...{ sent: wire?.fields, answered: answer === '' ? undefined : answer },
      }),
    }),
    sourceOf(dify.calls, {
      at: (call) => call.at,
      isOver: ({ ended }) => ended,
      view: (call) => ({
        ...{ from: pack, to: 'Dify', what: `${call.method} ${call.target}`, status: call.status },
        ...{ error: call.error, sent: call.body, answered: runOf(dify, call) },
      }),
    }),
    sourceOf(typebot.requests, {
      at: (request) => request.at,
      isOver: ({ ended }) => ended,
      view: ({ method, target, status, error, body, answer }) => ({
        ...{ from: pack, to: 'Typebot', what: `${method} ${target}`, status, error },
        ...{ sent: body, answered: answer },
      }),
    }),
    sourceOf(speechSense.calls, {
      at: (call) => call.at,
      isOver: ({ isOver, status }) => isOver || status !== undefined,
      view: ({ method = 'unknown method', status, messages, talkId }) => ({
        ...{ from: pack, to: 'SpeechSense', what: method, sent: messages },
        status: status === undefined ? 0 : `gRPC ${status}`,
        answered: talkId === undefined ? undefined : { talk_id: talkId },
      }),
    }),
  ];
}

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

/** Told by their number: looked through one by one, they would hold everything up. */
function withoutBytes(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutBytes(inner)]));
}

/** A page is for reading. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length > longestText ? `${value.slice(0, longestText)}… (${value.length})` : value;
  }
  if (Array.isArray(value)) {
    const left = value.length - longestList;
    return [...value.slice(0, longestList).map(shortened), ...(left > 0 ? [`… (${value.length})`] : [])];
  }
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner)]));
}
