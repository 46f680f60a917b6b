import { BitlaneError, RefusedError, UnreachableError, toError, type ErrorCode } from '../core/errors';
import { cleanDescription, type HiddenTexts } from '../core/hidden-texts';
import { CallFailure, isOfThisSide } from './call-failure';
import type { MethodName } from './definitions';
import { isCertificateTrouble, isTooLarge, retryRow } from './retry-table';
import { grpcStatus } from './grpc-status';

export interface CallContext {
  readonly method: MethodName;
  readonly host: string;
  /** Why the name was not followed, when that is what stopped the call. */
  readonly nameFailure?: Error | undefined;
  readonly hidden: HiddenTexts;
}

/** What gRPC gave, in the words of this client. What is an error of ours already stays as it is. */
export function inOwnWords(thrown: unknown, context: CallContext): Error {
  if (!(thrown instanceof CallFailure)) return toError(thrown);
  const { nameFailure } = context;
  if (nameFailure instanceof BitlaneError && !thrown.mayHaveArrived) return nameFailure;
  const { name } = retryRow(thrown);
  const detail = cleanDescription(thrown.words, context.hidden);
  const ids = idsOf(thrown);
  const told = `${context.method}: ${name}${detail === '' ? '' : `: ${detail}`}${ids}`;
  const params = {
    reason: name,
    detail: `${detail === '' ? name : detail}${ids}`,
    host: context.host,
  };
  const code = codeOf(thrown);
  if (isOutage(thrown)) {
    return new UnreachableError(code, told, { sent: thrown.mayHaveArrived, params });
  }
  return new RefusedError(code, told, { status: thrown.code, serviceCode: name, params });
}

/** Support asks for them. */
function idsOf({ requestId, traceId }: CallFailure): string {
  const ids = [
    ...(requestId === undefined ? [] : [`request ${requestId}`]),
    ...(traceId === undefined ? [] : [`trace ${traceId}`]),
  ];
  return ids.length === 0 ? '' : ` (${ids.join(', ')})`;
}

function isOutage(failure: CallFailure): boolean {
  if (isOfThisSide(failure.words)) return false;
  return !failure.isAnswer || failure.code === grpcStatus.DEADLINE_EXCEEDED;
}

const codes: Readonly<Record<number, ErrorCode>> = {
  [grpcStatus.DEADLINE_EXCEEDED]: 'SPEECHSENSE_TIMEOUT',
  [grpcStatus.NOT_FOUND]: 'SPEECHSENSE_NOT_FOUND',
  [grpcStatus.PERMISSION_DENIED]: 'SPEECHSENSE_DENIED',
  [grpcStatus.RESOURCE_EXHAUSTED]: 'SPEECHSENSE_QUOTA',
  [grpcStatus.UNIMPLEMENTED]: 'SPEECHSENSE_HOST',
  [grpcStatus.UNAVAILABLE]: 'SPEECHSENSE_UNREACHABLE',
  [grpcStatus.UNAUTHENTICATED]: 'SPEECHSENSE_AUTH',
  [grpcStatus.UNKNOWN]: 'SPEECHSENSE_FAILED',
  [grpcStatus.INTERNAL]: 'SPEECHSENSE_FAILED',
  [grpcStatus.DATA_LOSS]: 'SPEECHSENSE_FAILED',
};

function codeOf(failure: CallFailure): ErrorCode {
  if (isTooLarge(failure)) return 'SPEECHSENSE_TOO_LARGE';
  if (isCertificateTrouble(failure)) return 'SPEECHSENSE_TLS';
  const known = codes[failure.code] ?? 'SPEECHSENSE_REFUSED';
  // Without a word of the service these say no more than that the connection did not last.
  const isMute = !failure.isAnswer && !isOfThisSide(failure.words) && known !== 'SPEECHSENSE_TIMEOUT';
  return isMute ? 'SPEECHSENSE_UNREACHABLE' : known;
}
