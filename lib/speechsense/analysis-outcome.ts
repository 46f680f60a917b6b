import { BitlaneError, RefusedError, type ErrorCode } from '../core/errors';
import { grpcStatus } from './grpc-status';
import type { TalkState } from './talk';

/** Until a talk is attached to its project, it is not there, or in conflict. */
export function isNotYet(error: Error): boolean {
  const notYet: readonly unknown[] = [
    grpcStatus.NOT_FOUND,
    grpcStatus.ABORTED,
    grpcStatus.FAILED_PRECONDITION,
  ];
  return error instanceof RefusedError && notYet.includes(error.status);
}

/** The next look may be answered; a certificate or a key does not mend itself. */
const passing: readonly ErrorCode[] = [
  'SPEECHSENSE_UNREACHABLE',
  'SPEECHSENSE_TIMEOUT',
  'SPEECHSENSE_QUOTA',
  'SPEECHSENSE_FAILED',
];

export function mayPass(error: Error): boolean {
  return error instanceof BitlaneError && passing.includes(error.code);
}

export function isReady({ overall, algorithms }: TalkState, until: 'text' | 'everything'): boolean {
  if (overall === 'success') return true;
  const states = Object.values(algorithms);
  if (until === 'text') return algorithms['speechkit'] === 'success';
  return states.length > 0 && states.every((state) => state === 'success' || state === 'failed');
}

export function hasFailed({ overall, algorithms }: TalkState): boolean {
  return overall === 'failed' || algorithms['speechkit'] === 'failed';
}

export function analysisFailed(): RefusedError {
  return new RefusedError('SPEECHSENSE_ANALYSIS', 'SpeechSense could not analyse the talk', {
    params: { reason: 'FAILED' },
  });
}

export function notReady(limitMs: number, trouble: Error | undefined): Error {
  // An outage that lasted to the end says more than that time is up.
  if (trouble && !isNotYet(trouble)) return trouble;
  const minutes = Math.round(limitMs / 60_000);
  return new RefusedError('SPEECHSENSE_NOT_READY', `the talk was not analysed within ${minutes} min`, {
    params: { minutes },
    ...(trouble && { cause: trouble }),
  });
}
