import { InvalidError } from '../../core/errors';
import type { PortalRest } from '../rest/portal';
import type { Call, CallDirection } from './call';
import { firstMoment, lastMoment, localDays, type DateBound } from './date-bounds';
import { learnOffsets, type DatedRows, type OffsetOn } from './portal-time';
import { statistics } from './statistics';

/** An empty list means all. */
export interface CallFilterSettings {
  /** `YYYY-MM-DD` on the portal's clocks, or a full ISO time. */
  readonly from?: string | undefined;
  /** As `from`; a bare day is meant whole. */
  readonly to?: string | undefined;
  /** Ids of users; 0 stands for calls that nobody took. */
  readonly operators: readonly (string | number)[];
  readonly minSeconds: number;
  readonly maxSeconds?: number | undefined;
  readonly directions: readonly string[];
  /** Numbers or lines of the portal: `reg133788`, `sip12`, `+7 495 123-45-67`. */
  readonly lines: readonly string[];
  readonly onlySuccessful: boolean;
  readonly withRecord: boolean;
}

/** `late`: wanted, but the recording is not there yet. */
export type CallVerdict = 'wanted' | 'late' | 'unwanted';

export interface CallFilter {
  /** FILTER as it is sent. The portal passes over what it does not know, without a word. */
  readonly sent: Readonly<Record<string, unknown>>;
  /** The same once more on what came, and whether there is a recording, by which the portal does not filter. */
  judge(call: Call): CallVerdict;
  /** The portal would not have given this call if it had heeded the dates. */
  isFarFromDates(call: Call): boolean;
}

const types: Readonly<Record<Exclude<CallDirection, 'unknown'>, number>> = {
  outgoing: 1,
  incoming: 2,
  redirected: 3,
  callback: 4,
  robot: 5,
};
/** A portal that reads the dates on other clocks has still heeded them. */
const dateToleranceMs = 24 * 60 * 60 * 1000;

const callsSince: DatedRows = {
  method: statistics,
  dateField: 'CALL_START_DATE',
  paramsSince: (moment) => ({
    ...{ FILTER: { '>=CALL_START_DATE': moment }, SORT: 'CALL_START_DATE', ORDER: 'ASC', start: -1 },
  }),
};

/** Asks the portal how its clocks go, when the settings have days in them. */
export async function prepareCallFilter(
  settings: CallFilterSettings,
  rest: Pick<PortalRest, 'call'>,
  signal?: AbortSignal,
): Promise<CallFilter> {
  // What is wrong in the settings is said before anything is asked.
  createCallFilter(settings, () => 0);
  return createCallFilter(
    settings,
    await learnOffsets(rest, { days: localDays(settings.from, settings.to), rows: callsSince, signal }),
  );
}

export function createCallFilter(settings: CallFilterSettings, offsetOn: OffsetOn): CallFilter {
  const wanted = readSettings(settings, offsetOn);
  const isWanted = (call: Call): boolean =>
    isWithin(call, wanted, 0) &&
    isAmong(call.direction, wanted.directions) &&
    isAmong(operatorKey(call.operator.id || nobody), wanted.operators) &&
    isAmong(lineKey(call.line), wanted.lines.map(lineKey)) &&
    call.durationSeconds >= wanted.minSeconds &&
    call.durationSeconds <= wanted.maxSeconds &&
    (!settings.onlySuccessful || call.failedCode === '200');
  return {
    sent: sentFilter(wanted, settings.onlySuccessful),
    judge(call) {
      if (!isWanted(call)) return 'unwanted';
      if (!settings.withRecord || hasRecord(call)) return 'wanted';
      // Nobody spoke, so nothing was ever recorded: there is nothing to wait for.
      return call.durationSeconds > 0 ? 'late' : 'unwanted';
    },
    isFarFromDates: (call) => !isWithin(call, wanted, dateToleranceMs),
  };
}

interface WantedCalls {
  readonly first: DateBound | undefined;
  readonly last: DateBound | undefined;
  readonly operators: readonly string[];
  readonly minSeconds: number;
  readonly maxSeconds: number;
  readonly directions: readonly (keyof typeof types)[];
  readonly lines: readonly string[];
}

function readSettings(settings: CallFilterSettings, offsetOn: OffsetOn): WantedCalls {
  const first = firstMoment(settings.from, offsetOn);
  const last = lastMoment(settings.to, offsetOn);
  if (first && last && !isBefore(first, last)) throw invalid('to', 'a date not before from', 'laterDate');
  const minSeconds = secondsOf('minSeconds', settings.minSeconds, 0);
  const maxSeconds = secondsOf('maxSeconds', settings.maxSeconds, Infinity);
  if (maxSeconds < minSeconds) throw invalid('maxSeconds', 'not less than minSeconds', 'longerThanLeast');
  const operators = settings.operators.map((operator) => String(operator).trim());
  if (!operators.every((operator) => /^\d{1,15}$/.test(operator)))
    throw invalid('operators', 'ids of users, for example 1, 1269', 'userIds');
  const lines = settings.lines.map((line) => line.trim());
  // Left out, an empty one among others would widen the filter to all lines.
  if (!lines.every((line) => lineKey(line) !== ''))
    throw invalid('lines', 'numbers or lines, for example sip12', 'phoneLines');
  return {
    first,
    last,
    operators: operators.map(operatorKey),
    minSeconds,
    maxSeconds,
    lines,
    directions: directionsOf(settings),
  };
}

function isBefore(first: DateBound, last: DateBound): boolean {
  return last.isIncluded ? first.ms <= last.ms : first.ms < last.ms;
}

function directionsOf({ directions }: CallFilterSettings): (keyof typeof types)[] {
  return directions.map((direction) => {
    if (isKnownDirection(direction)) return direction;
    throw invalid('directions', Object.keys(types).join(', '));
  });
}

function isKnownDirection(direction: string): direction is keyof typeof types {
  return Object.hasOwn(types, direction);
}

function secondsOf(property: string, seconds: number | undefined, otherwise: number): number {
  if (seconds === undefined) return otherwise;
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw invalid(property, 'a number of seconds from 0 up', 'seconds');
}

/** Never an empty list, which would mean all; only fields that the documentation names. */
function sentFilter(wanted: WantedCalls, onlySuccessful: boolean): Record<string, unknown> {
  const { first, last, operators, minSeconds, maxSeconds, directions, lines } = wanted;
  return {
    ...(first && { '>=CALL_START_DATE': first.text }),
    ...(last && { [last.isIncluded ? '<=CALL_START_DATE' : '<CALL_START_DATE']: last.text }),
    // A portal writes 0 or nothing where nobody took part, and would find but one of them.
    ...(operators.length > 0 && !operators.includes(nobody) && { PORTAL_USER_ID: operators }),
    ...(lines.length > 0 && { PORTAL_NUMBER: [...new Set(lines.flatMap(spellingsOf))] }),
    ...(directions.length > 0 && { CALL_TYPE: directions.map((direction) => types[direction]) }),
    ...(minSeconds > 0 && { '>=CALL_DURATION': minSeconds }),
    ...(maxSeconds < Infinity && { '<=CALL_DURATION': maxSeconds }),
    ...(onlySuccessful && { CALL_FAILED_CODE: '200' }),
  };
}

const nobody = '0';

/** `007` is user 7. */
function operatorKey(id: string): string {
  return /^\d{1,15}$/.test(id) ? String(Number(id)) : id;
}

/** The portal compares letter by letter, and writes numbers with a plus or without. */
function spellingsOf(line: string): string[] {
  const key = lineKey(line);
  return /^\d+$/.test(key) ? [line, key, `+${key}`] : [line];
}

/** `+7 495 123-45-67` and `74951234567` are one number. */
function lineKey(line: string): string {
  const bare = line.trim().toLowerCase();
  return /^\+?[\d\s()-]+$/.test(bare) ? bare.replace(/\D/g, '') : bare;
}

/** A call whose date cannot be read is left to whoever needs the date: there it is seen, here it would be lost. */
function isWithin(call: Call, { first, last }: WantedCalls, toleranceMs: number): boolean {
  const ms = Date.parse(call.startedAt);
  if (Number.isNaN(ms)) return true;
  if (first && ms < first.ms - toleranceMs) return false;
  if (!last) return true;
  const until = last.ms + toleranceMs;
  return last.isIncluded ? ms <= until : ms < until;
}

function isAmong(value: string, list: readonly string[]): boolean {
  return list.length === 0 || list.includes(value);
}

export function hasRecord({ recordFileId, recordUrl }: Call): boolean {
  return recordFileId !== undefined || recordUrl !== undefined;
}

function invalid(property: string, expected: string, why = ''): InvalidError {
  return new InvalidError('CONFIG_INVALID', `${property} must be ${expected}`, {
    params: { property, expected, ...(why !== '' && { why }) },
  });
}
