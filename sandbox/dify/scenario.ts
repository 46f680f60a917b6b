import type http from 'node:http';
import type { ReceivedRequest } from '../shared/http-listener';
import type { Answer, Turn } from './answer';
import type { Publish } from './compose';
import type { Gate } from '../shared/gates';
import type { ScenarioName } from './scenarios';
import type { FormInit } from './state';
import type { Listener } from './wire';

export type StreamEvent = { event: string } & Readonly<Record<string, unknown>>;

/** A run is a list of these. */
export type Step =
  | { kind: 'event'; event: StreamEvent }
  /** It happens, but who listens is not told. */
  | { kind: 'unheard'; event: StreamEvent }
  | { kind: 'ping' }
  /** Goes on the wire as it is. */
  | { kind: 'text'; text: string }
  | { kind: 'gate'; gate: Gate }
  /** Everybody who listens is cut off; the run goes on. */
  | { kind: 'drop' }
  /** The run goes on when somebody listens. */
  | { kind: 'await-listener' }
  /** Who listens is told nothing more, yet the stream stays open. */
  | { kind: 'deafen' }
  /** Nothing more happens until the run is stopped. */
  | { kind: 'hang' }
  /** The run waits until this form is answered or expires; who listens is let go. */
  | { kind: 'pause'; form: FormInit }
  /** Says how the pause ended. */
  | { kind: 'resumed' };

/** How the records of a stream are put on the wire. */
export interface WireOptions {
  newline?: '\n' | '\r\n' | '\r';
  /** Default true: `data: {...}`. */
  spaceAfterColon?: boolean;
  /** How much goes out in one write. Default: a record. A number: that many bytes. */
  write?: 'record' | number;
  /** The JSON of a record is broken over several `data:` lines. */
  severalDataLines?: boolean;
  /** A ping after each record; `never`: not even those that the clock brings. */
  pings?: 'between' | 'never';
  /** Comments and fields that nobody knows, around each record. */
  comments?: boolean;
  byteOrderMark?: boolean;
  /** The socket is destroyed when this many bytes of the body are out. */
  cutAt?: number;
  /** Default `close`. The last two come after the last record. */
  end?: 'close' | 'reset' | 'keep-open';
  /** By the server's clock, before each write. */
  secondsPerWrite?: number;
  /** Awaited before each write, which is counted from 0. */
  beforeWrite?: (writes: number, signal: AbortSignal) => Promise<void>;
  contentType?: string;
}

/** An answer that no run stands behind. */
export interface HttpReply {
  status: number;
  code?: string;
  message?: string;
  /** Instead of the error envelope. */
  html?: string;
  body?: string;
  headers?: Readonly<Record<string, string>>;
  /** The run is started all the same; its stream goes nowhere. */
  withRun?: boolean;
}

/** Bytes, and gates between them. */
export interface RawBody {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  pieces: readonly (string | Uint8Array | Gate)[];
  end?: 'close' | 'reset' | 'keep-open';
}

export interface RawCall {
  request: ReceivedRequest;
  /** Aborted when the server stops. */
  signal: AbortSignal;
  sleep: (ms: number) => Promise<void>;
  /** A stream that no run stands behind; it gets pings like any other. */
  openStream: () => Listener;
  /** Starts the run whose answer gets lost. */
  startRun: () => void;
}

export type RawAnswer = (response: http.ServerResponse, call: RawCall) => void | Promise<void>;

export const endpointNames = [
  'run',
  'stop',
  'upload',
  'preview',
  'parameters',
  'info',
  'meta',
  'site',
  'messages',
  'suggested',
  'feedback',
  'conversations',
  'run-result',
  'run-logs',
  'events',
  'form',
  'form-submit',
  'audio-to-text',
  'text-to-audio',
  'output-file',
] as const;
export type EndpointName = (typeof endpointNames)[number];

/** What one call plays. What is not said is as usual. */
export interface NamedPlan {
  /** Default `run`. Elsewhere only `reply`, `pieces` and `raw` mean anything; `events` knows `wire` too. */
  on?: EndpointName;
  /** Instead of what the brain says, or changes to it. */
  answer?: string | Partial<Answer> | ((answer: Answer, turn: Turn, publish: Publish) => Answer);
  /** Wherever the scenario pauses for a person. */
  form?: Partial<FormInit>;
  steps?: (steps: readonly Step[], turn: Turn) => readonly Step[];
  wire?: WireOptions;
  /** Answers so whatever the request asked for. */
  responseMode?: 'json' | 'stream';
  reply?: HttpReply;
  pieces?: RawBody | RawBody['pieces'];
  raw?: RawAnswer;
}

/** The same, built on one that has a name. */
export interface ScenarioPlan extends NamedPlan {
  like?: ScenarioName;
}

export type Scenario = ScenarioName | ScenarioPlan;

export const holdPoints = [
  /** The request is there, no answer yet. */
  'before-headers',
  /** The answer has begun; no record is out. */
  'before-first-byte',
  /** The first piece of the answer is out. */
  'mid-stream',
  /** Only the end is missing. */
  'before-end',
  /** One of a chatflow's two ends is out. */
  'between-ends',
] as const;
export type HoldPoint = (typeof holdPoints)[number];
