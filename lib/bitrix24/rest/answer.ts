import { at, idAt, textAt } from '../../core/fields';
import { UnreachableError } from '../../core/errors';
import type { HttpResponse } from '../../core/http';
import type { RestAnswer } from './portal';
import type { HiddenTexts } from '../../core/hidden-texts';
import { MovedError } from './move';
import { refusalOf } from './refusal';

export interface AnswerContext {
  readonly method: string;
  /** Where the call went; holds the secret of a webhook. */
  readonly base: URL;
  readonly now: number;
  readonly hidden: HiddenTexts;
}

/** What a portal's answer means: the result, a refusal, another address, or nothing that can be relied on. */
export function readAnswer(response: HttpResponse, context: AnswerContext): RestAnswer {
  const { method, base, now } = context;
  const { status } = response;
  const answer = parse(response.body);
  const newOrigin = redirectOrigin(response, base);
  if (newOrigin !== undefined) throw new MovedError(method, base.origin, newOrigin);
  if (isError(answer) || status === 429 || isRedirect(response)) {
    const isOverdrawn = at(answer, 'error') === 'OPERATION_TIME_LIMIT';
    const retryAfterMs =
      retryAfterOf(response) ?? (isOverdrawn ? resetMs(at(answer, 'time'), now) : undefined);
    throw refusalOf(method, { status, answer, retryAfterMs, hidden: context.hidden });
  }
  if (status >= 200 && status < 300 && at(answer, 'result') !== undefined) return readResult(answer);
  const what = `${method}: the answer is not one of Bitrix24 (status ${status})`;
  throw new UnreachableError('BITRIX_UNREACHABLE', what, { sent: true });
}

export function readResult(answer: unknown): RestAnswer {
  return {
    result: at(answer, 'result'),
    total: idAt(answer, 'total'),
    next: idAt(answer, 'next'),
    time: timeOf(at(answer, 'time')),
  };
}

export function timeOf(time: unknown): RestAnswer['time'] {
  if (typeof time !== 'object' || time === null || Array.isArray(time)) return {};
  return Object.fromEntries(Object.entries(time));
}

/** How long until the method gets operating time back, by the portal's own clock when it shows one. */
export function resetMs(time: unknown, now: number): number | undefined {
  const resetAt = secondsAt(time, 'operating_reset_at');
  if (resetAt === undefined) return undefined;
  const portalNow = secondsAt(time, 'finish') ?? now / 1000;
  return Math.max(0, Math.round((resetAt - portalNow) * 1000));
}

function secondsAt(time: unknown, name: string): number | undefined {
  const seconds = Number(textAt(time, name) ?? NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** It counts with status 200 too, and may be a number or an empty text in old methods. */
function isError(answer: unknown): boolean {
  const error = at(answer, 'error');
  return error !== undefined && error !== null && error !== false;
}

function isRedirect({ status, headers }: HttpResponse): boolean {
  return status >= 300 && status < 400 && headers['location'] !== undefined;
}

function redirectOrigin(response: HttpResponse, base: URL): string | undefined {
  const location = response.headers['location'] ?? '';
  if (!isRedirect(response) || !URL.canParse(location, base)) return undefined;
  const { origin } = new URL(location, base);
  return origin === base.origin ? undefined : origin;
}

/** Seconds, or a date to be compared with the sender's own clock. */
function retryAfterOf({ headers }: HttpResponse): number | undefined {
  const given = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(given)) return Number(given) * 1000;
  const ms = Date.parse(given) - Date.parse(headers['date'] ?? '');
  return ms >= 0 ? ms : undefined;
}
