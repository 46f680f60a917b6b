import { InvalidError } from '../../core/errors';
import { firstMoment, lastMoment, localDays, type DateBound } from '../calls/date-bounds';
import { learnOffsets, type DatedRows, type OffsetOn } from '../calls/portal-time';
import type { PortalRest } from '../rest/portal';
import { chatProvider, type ChatActivity } from './activity';

export interface ChatFilterSettings {
  /** When a session began: `YYYY-MM-DD` on the portal's clocks, or a full ISO time. */
  readonly from?: string | undefined;
  /** As `from`; a bare day is meant whole. */
  readonly to?: string | undefined;
  /** Ids of Open Channels. An empty list means all. */
  readonly lines: readonly string[];
}

/** `late`: the session goes on. */
export type ChatVerdict = 'wanted' | 'late' | 'unwanted';

export interface ChatFilter {
  /** As it is sent. The portal passes over what it does not know, without a word. */
  readonly sent: Readonly<Record<string, unknown>>;
  /** The same once more on what came, and what the portal does not filter by. */
  judge(activity: ChatActivity): ChatVerdict;
  /** True also while nobody knows the line. */
  isLineWanted(line: number | undefined): boolean;
}

const chatsSince: DatedRows = {
  method: 'crm.activity.list',
  dateField: 'CREATED',
  paramsSince: (moment) => ({
    filter: { PROVIDER_ID: chatProvider, '>=CREATED': moment },
    select: ['ID', 'CREATED'],
    order: { CREATED: 'ASC' },
    start: -1,
  }),
};

/** Asks the portal how its clocks go, when the settings have days in them. */
export async function prepareChatFilter(
  settings: ChatFilterSettings,
  rest: Pick<PortalRest, 'call'>,
  signal?: AbortSignal,
): Promise<ChatFilter> {
  // What is wrong in the settings is said before anything is asked.
  createChatFilter(settings, () => 0);
  const days = localDays(settings.from, settings.to);
  return createChatFilter(settings, await learnOffsets(rest, { days, rows: chatsSince, signal }));
}

/** Once a day the portal is asked again how its clocks go: its summer time may have begun. */
const GOOD_FOR_MS = 24 * 60 * 60_000;

export interface FilterKeeperOptions {
  readonly rest: Pick<PortalRest, 'call'>;
  readonly filter: ChatFilterSettings;
  readonly now: () => number;
}

/** The filter of these settings, prepared when it is first wanted. */
export function createFilterKeeper({
  rest,
  filter,
  now,
}: FilterKeeperOptions): (signal: AbortSignal) => Promise<ChatFilter> {
  let prepared: { readonly filter: ChatFilter; readonly at: number } | undefined;
  return async (signal) => {
    if (prepared && now() < prepared.at + GOOD_FOR_MS) return prepared.filter;
    prepared = { filter: await prepareChatFilter(filter, rest, signal), at: now() };
    return prepared.filter;
  };
}

export function createChatFilter(settings: ChatFilterSettings, offsetOn: OffsetOn): ChatFilter {
  const first = firstMoment(settings.from, offsetOn);
  const last = lastMoment(settings.to, offsetOn);
  if (first && last && last.ms <= first.ms) throw invalid('to', 'a date not before from', 'laterDate');
  const lines = linesOf(settings.lines);
  const isLineWanted = (line: number | undefined): boolean =>
    lines.length === 0 || line === undefined || lines.includes(line);
  return {
    sent: {
      PROVIDER_ID: chatProvider,
      ...(first && { '>=CREATED': first.text }),
      ...(last && { [last.isIncluded ? '<=CREATED' : '<CREATED']: last.text }),
    },
    judge(activity) {
      const isWanted = activity.isChat && isLineWanted(activity.line) && isWithin(activity, first, last);
      if (!isWanted) return 'unwanted';
      return activity.isCompleted ? 'wanted' : 'late';
    },
    isLineWanted,
  };
}

/** A session whose date cannot be read is left to whoever reads the session: there it is seen, here it would be lost. */
function isWithin(
  { startedAt }: ChatActivity,
  first: DateBound | undefined,
  last: DateBound | undefined,
): boolean {
  const ms = Date.parse(startedAt);
  if (Number.isNaN(ms)) return true;
  if (first && ms < first.ms) return false;
  if (!last) return true;
  return last.isIncluded ? ms <= last.ms : ms < last.ms;
}

/** Left out, one that cannot be read would widen the filter to all lines. */
function linesOf(lines: readonly string[]): number[] {
  return lines.map((line) => {
    if (/^[1-9]\d{0,9}$/.test(line.trim())) return Number(line);
    throw invalid('lines', 'ids of Open Channels, for example 1, 3', 'lineIds');
  });
}

function invalid(property: string, expected: string, why: string): InvalidError {
  return new InvalidError('CONFIG_INVALID', `${property} must be ${expected}`, {
    params: { property, expected, why },
  });
}
