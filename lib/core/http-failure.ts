import { BitlaneError, UnreachableError } from './errors';

/** The reason of a failure that the limit for connecting has brought about. */
export const connectTimeout = 'CONNECT_TIMEOUT';

/**
 * What is handed out instead of an error of axios or Node, which hold the URL, the headers or the bytes that were
 * received. Only the code survives.
 */
export function toNetworkFailure(error: unknown, host: string, sent: boolean): Error {
  const causes = causesOf(error);
  // A refused address, or what a streamed body has to say of itself.
  const own = causes.find((cause) => cause instanceof BitlaneError);
  if (own) return own;
  const code = causes.map(codeOf).findLast((found) => found !== undefined) ?? 'UNKNOWN';
  return unreachable(`${sentence(code, host, sent)} (${code})`, host, code, sent);
}

export function timeoutFailure(host: string, ms: number, sent: boolean): UnreachableError {
  const what = sent ? 'did not answer' : 'could not be connected to';
  return unreachable(`${host} ${what} within ${ms} ms`, host, 'ETIMEDOUT', sent);
}

/** Told apart from an answer that does not come: nothing was sent, so the call may be made once more. */
export function connectFailure(host: string, ms: number): UnreachableError {
  return unreachable(`${host} could not be connected to within ${ms} ms`, host, connectTimeout, false);
}

export function tooLargeFailure(host: string, maxBytes: number): UnreachableError {
  return unreachable(`the answer of ${host} is larger than ${maxBytes} bytes`, host, 'TOO_LARGE', true);
}

function unreachable(message: string, host: string, reason: string, sent: boolean): UnreachableError {
  const cause = Object.assign(new Error(reason), { code: reason });
  return new UnreachableError('ADDRESS_UNREACHABLE', message, { sent, params: { host, reason }, cause });
}

function sentence(code: string, host: string, sent: boolean): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name ${host} is not known`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) return `the certificate of ${host} is not trusted`;
  return sent ? `the connection to ${host} broke off` : `${host} could not be connected to`;
}

/** axios wraps the error of the socket; the innermost says most. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let next = error; next instanceof Error && !causes.includes(next); next = next.cause)
    causes.push(next);
  return causes;
}

function codeOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(error.code)) {
    return error.code;
  }
  return error instanceof AggregateError ? error.errors.map(codeOf).find(Boolean) : undefined;
}
