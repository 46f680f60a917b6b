import { textAt } from '../../core/fields';
import { RefusedError, type ErrorCode } from '../../core/errors';
import { cleanDescription, type HiddenTexts } from '../../core/hidden-texts';

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
]);
const confirmCodes = new Set(['METHOD_CONFIRM_WAITING', 'METHOD_CONFIRM_DENIED']);
const limitCodes = new Set(['QUERY_LIMIT_EXCEEDED', 'OPERATION_TIME_LIMIT']);

export interface RefusalAnswer {
  /** None for a command of a batch. */
  readonly status?: number | undefined;
  /** The answer, or the part of it that has `error` and `error_description`. */
  readonly answer: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly hidden: HiddenTexts;
}

export function refusalOf(method: string, refusal: RefusalAnswer): RefusedError {
  const { status, answer, retryAfterMs } = refusal;
  const serviceCode = codeOf(answer) ?? (status === undefined ? 'ERROR' : `HTTP ${status}`);
  const description = cleanDescription(textAt(answer, 'error_description') ?? '', refusal.hidden);
  const told = [status, serviceCode].filter((part) => part !== undefined).join(' ');
  return new RefusedError(
    errorCode(status, serviceCode, description),
    `${method}: ${told}${description === '' ? '' : `: ${description}`}`,
    {
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      serviceCode,
      params: { method, reason: serviceCode },
    },
  );
}

export function isRateLimited(error: unknown): error is RefusedError {
  if (!(error instanceof RefusedError)) return false;
  // The other 429, OPERATION_TIME_LIMIT, is about one method and lasts for minutes.
  return error.serviceCode === 'QUERY_LIMIT_EXCEEDED' || (error.status === 429 && !isMethodOverdrawn(error));
}

export function isMethodOverdrawn(error: unknown): error is RefusedError {
  return error instanceof RefusedError && error.serviceCode === 'OPERATION_TIME_LIMIT';
}

export function isTokenOver(error: unknown): boolean {
  if (!(error instanceof RefusedError)) return false;
  return error.serviceCode === 'expired_token' || error.serviceCode === 'invalid_token';
}

function codeOf(answer: unknown): string | undefined {
  const code = textAt(answer, 'error');
  return code !== undefined && /^[\w .:-]{1,100}$/.test(code) ? code : undefined;
}

function errorCode(status: number | undefined, serviceCode: string, description: string): ErrorCode {
  if (limitCodes.has(serviceCode) || status === 429) return 'BITRIX_RATE_LIMIT';
  if (serviceCode === 'OVERLOAD_LIMIT') return 'BITRIX_OVERLOADED';
  if (confirmCodes.has(serviceCode)) return 'BITRIX_CONFIRM';
  if (isAboutPlan(serviceCode, description)) return 'BITRIX_PLAN';
  return authCodes.has(serviceCode) || status === 401 ? 'BITRIX_AUTH' : 'BITRIX_REFUSED';
}

/** ACCESS_DENIED is also the answer when a right is missing; only the description tells. */
function isAboutPlan(serviceCode: string, description: string): boolean {
  if (serviceCode === 'PAYMENT_REQUIRED') return true;
  return serviceCode === 'ACCESS_DENIED' && /\bplans?\b|subscription|licen[cs]e|тариф/i.test(description);
}
