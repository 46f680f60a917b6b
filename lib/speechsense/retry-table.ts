import type { RetryPolicy } from '../core/retry';
import { isOfThisSide, type CallFailure } from './call-failure';
import { grpcStatus } from './grpc-status';

/** `renew`: with a new token, when there is one to be had. */
type Repeating = 'never' | 'usual' | 'twice' | 'patient' | 'renew';

export interface RetryRow {
  readonly name: string;
  readonly repeat: Repeating;
  /** Whether a talk may exist although this came after everything was sent. */
  readonly mayExist: boolean;
}

const row = (name: string, repeat: Repeating, mayExist = false): RetryRow => ({ name, repeat, mayExist });

const rows: Readonly<Record<number, RetryRow>> = {
  [grpcStatus.CANCELLED]: row('CANCELLED', 'never', true),
  [grpcStatus.UNKNOWN]: row('UNKNOWN', 'twice', true),
  [grpcStatus.INVALID_ARGUMENT]: row('INVALID_ARGUMENT', 'never'),
  [grpcStatus.DEADLINE_EXCEEDED]: row('DEADLINE_EXCEEDED', 'usual', true),
  [grpcStatus.NOT_FOUND]: row('NOT_FOUND', 'never'),
  [grpcStatus.ALREADY_EXISTS]: row('ALREADY_EXISTS', 'never', true),
  [grpcStatus.PERMISSION_DENIED]: row('PERMISSION_DENIED', 'never'),
  [grpcStatus.RESOURCE_EXHAUSTED]: row('RESOURCE_EXHAUSTED', 'patient'),
  [grpcStatus.FAILED_PRECONDITION]: row('FAILED_PRECONDITION', 'never'),
  [grpcStatus.ABORTED]: row('ABORTED', 'usual', true),
  [grpcStatus.OUT_OF_RANGE]: row('OUT_OF_RANGE', 'never'),
  [grpcStatus.UNIMPLEMENTED]: row('UNIMPLEMENTED', 'never'),
  [grpcStatus.INTERNAL]: row('INTERNAL', 'twice', true),
  [grpcStatus.UNAVAILABLE]: row('UNAVAILABLE', 'usual', true),
  [grpcStatus.DATA_LOSS]: row('DATA_LOSS', 'never', true),
  [grpcStatus.UNAUTHENTICATED]: row('UNAUTHENTICATED', 'renew'),
};
const unknownCode = row('UNKNOWN', 'never', true);

const tooLarge = /larger than max|message (?:is )?too large|message size/i;
const certificate = /certificate|self[- ]signed|unable to (?:verify|get)|altnames|CERT_|SSL|TLS|EPROTO/i;
const noMessage = /^No message received/;

export function isTooLarge({ code, words }: CallFailure): boolean {
  return code === grpcStatus.RESOURCE_EXHAUSTED && tooLarge.test(words);
}

export function isCertificateTrouble({ code, words, isAnswer }: CallFailure): boolean {
  return code === grpcStatus.UNAVAILABLE && !isAnswer && certificate.test(words);
}

/** By the table of statuses, and by what gRPC on this side says under the same numbers. */
export function retryRow(failure: CallFailure): RetryRow {
  const found = rows[failure.code] ?? unknownCode;
  // An answer without a message has the number of a method that does not exist.
  if (noMessage.test(failure.words)) return { ...found, repeat: 'usual', mayExist: true };
  // Our own cancelling never comes this far: somebody on the way has cut the call off.
  if (failure.code === grpcStatus.CANCELLED && !failure.isAnswer) return { ...found, repeat: 'usual' };
  if (isTooLarge(failure)) return { ...found, repeat: 'never', mayExist: !failure.isAnswer };
  // In the midst of a call it ends what was sent already.
  if (isCertificateTrouble(failure)) return { ...found, repeat: 'never' };
  if (!failure.isAnswer && isOfThisSide(failure.words)) return { ...found, repeat: 'never', mayExist: false };
  return found;
}

/** The first try included. */
export const triesOf: Readonly<Record<Repeating, number>> = {
  never: 1,
  usual: 4,
  twice: 3,
  patient: 4,
  renew: 2,
};

/** With the chance of full jitter: from nothing to 1 s after the first try, and to twice as much after each further. */
export const usualPauses: RetryPolicy = { attempts: 4, baseMs: 500, factor: 2, capMs: 30_000, jitter: 1 };
/** For a quota: minutes pass before it is filled up again. */
export const patientPauses: RetryPolicy = {
  attempts: 4,
  baseMs: 20_000,
  factor: 2,
  capMs: 120_000,
  jitter: 0.5,
};
