import type { ServiceError } from '@grpc/grpc-js';
import { CancelledError } from '../core/errors';
import { grpcStatus } from './grpc-status';

/** How a call ended that brought no answer to work with; stays inside this folder. */
export class CallFailure extends Error {
  readonly code: number;
  /** May repeat what was sent; cleaned before anybody sees it. */
  readonly words: string;
  /** The service itself said so, as against a connection that broke or a time that ran out. */
  readonly isAnswer: boolean;
  /** False: the service certainly saw nothing of the call. */
  readonly mayHaveArrived: boolean;
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;

  constructor(facts: FailureFacts) {
    super(`gRPC status ${facts.code}`);
    this.name = 'CallFailure';
    this.code = facts.code;
    this.words = facts.words;
    this.isAnswer = facts.isAnswer;
    this.mayHaveArrived = facts.mayHaveArrived;
    this.requestId = facts.requestId;
    this.traceId = facts.traceId;
  }
}

/** Before the service had what makes a talk. */
export class StoppedInTime extends CancelledError {}

export interface FailureFacts {
  code: number;
  words: string;
  isAnswer: boolean;
  mayHaveArrived: boolean;
  requestId?: string | undefined;
  traceId?: string | undefined;
}

/** Sentences of gRPC on this side, for calls that never left. */
const neverLeft =
  /^(?:No connection established|Name resolution failed|Stream refused by server|Channel closed before|Failed to start HTTP\/2|Request message serialization failure)/;
/** And for calls that the connection or the time cut off. */
const cutOff =
  /^(?:Received RST_STREAM|Connection dropped|Call cancelled|Cancelled on client|Write (?:error|failed)|Deadline exceeded after|Received HTTP status|No status information|No message received|Received message larger than max|read |write |socket )/;
/** Made here of an answer in HTTP alone. */
const notGrpc = /^(?:Received HTTP status|No status information)/;
/** Made on this side; the service sends no such texts. */
const ofThisSide = /^(?:Request message serialization failure|Received message larger than max)/;

export function isOfThisSide(words: string): boolean {
  return ofThisSide.test(words);
}

export function callFailure(error: ServiceError, sawHeaders: boolean): CallFailure {
  const { details: words, metadata } = error;
  const code: number = error.code;
  const isOfService = hasTrailersOfService(error);
  const isLocal = !isOfService && (neverLeft.test(words) || cutOff.test(words));
  const waitedInVain = code === grpcStatus.DEADLINE_EXCEEDED && isLocal && !words.includes('remote_addr=');
  return new CallFailure({
    code,
    words,
    isAnswer: isOfService || (sawHeaders && !isLocal),
    // What the service says may sound like what this side says.
    mayHaveArrived: isOfService || !(neverLeft.test(words) || waitedInVain),
    requestId: idIn(metadata?.get('x-request-id')[0]),
    traceId: idIn(metadata?.get('x-server-trace-id')[0]),
  });
}

/** What this side makes up comes without trailers, and what somebody on the way says in HTTP is no answer of gRPC. */
function hasTrailersOfService({ details, metadata }: ServiceError): boolean {
  if (Object.keys(metadata?.getMap() ?? {}).length === 0 || notGrpc.test(details)) return false;
  const kind = metadata.get('content-type')[0];
  return typeof kind !== 'string' || kind.startsWith('application/grpc');
}

function idIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:-]{1,100}$/.test(value) ? value : undefined;
}
