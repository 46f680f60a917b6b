import { at, textAt } from '../core/fields';
import { RefusedError, UnreachableError, type ErrorCode } from '../core/errors';
import type { HttpResponse } from '../core/http';

const authCodes = new Set([
  'NO_AUTH_FOUND',
  'INVALID_CREDENTIALS',
  'authorization_error',
  'expired_token',
  'invalid_token',
  'insufficient_scope',
  'user_access_error',
  'ACCESS_DENIED',
  'WRONG_AUTH_TYPE',
  'METHOD_CONFIRM_WAITING',
  'METHOD_CONFIRM_DENIED',
]);
const limitCodes = new Set(['QUERY_LIMIT_EXCEEDED', 'OPERATION_TIME_LIMIT']);

/** What a portal's answer means: the result, a refusal, or nothing that can be relied on. */
export function readAnswer(method: string, response: HttpResponse): unknown {
  const answer = parse(response.body);
  // `error` counts with status 200 too, and may be a number or an empty text in old methods.
  if (at(answer, 'error') !== undefined) throw refusal(method, response, answer);
  if (response.status === 200 && at(answer, 'result') !== undefined) return at(answer, 'result');
  const moved = response.status >= 300 && response.status < 400;
  const what = moved ? 'the portal has moved to another address' : 'the answer is not one of Bitrix24';
  throw new UnreachableError('BITRIX_UNREACHABLE', `${method}: ${what} (status ${response.status})`, {
    // A redirect and a refusal by a gateway before Bitrix24 look alike in one point: nobody ran the method.
    sent: !moved && response.status !== 429,
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function refusal(method: string, response: HttpResponse, answer: unknown): RefusedError {
  const serviceCode = textAt(answer, 'error') ?? `HTTP ${response.status}`;
  const description = textAt(answer, 'error_description') ?? '';
  const message = `${method}: ${response.status} ${serviceCode}${description === '' ? '' : `: ${description}`}`;
  return new RefusedError(errorCode(response.status, serviceCode), message, {
    status: response.status,
    serviceCode,
    params: { method, reason: serviceCode },
  });
}

function errorCode(status: number, serviceCode: string): ErrorCode {
  if (limitCodes.has(serviceCode) || status === 429) return 'BITRIX_RATE_LIMIT';
  return authCodes.has(serviceCode) || status === 401 ? 'BITRIX_AUTH' : 'BITRIX_REFUSED';
}
