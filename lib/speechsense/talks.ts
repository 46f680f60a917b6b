import { InvalidError } from '../core/errors';
import { entriesAt, textAt } from '../core/fields';
import type { Caller } from './caller';
import { placeFields, type TalkPlace } from './find-talk';
import type { ReadBudget } from './read-budget';
import { readTalk, type SpeakerNames, type Talk } from './talk';

/** What can be asked for; which of them a talk without any mask has is told in two ways by the service's guides. */
export const resultNames = [
  'transcription',
  'speech_statistics',
  'silence_statistics',
  'interrupts_statistics',
  'conversation_statistics',
  'points',
  'text_classifiers',
  'summarization',
  'assistants',
  'talk_state',
] as const;

export type ResultName = (typeof resultNames)[number];

export interface SearchRequest {
  /** As on the wire: `{key: "userMeta.call_id", any_match: {values: ["…"]}}`. */
  readonly filters?: readonly object[];
  readonly query?: object;
  readonly sort?: object;
  /** 1 to 1000; 100 when left out. */
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface SearchResult {
  readonly talkIds: readonly string[];
  readonly count: number;
  readonly nextPageToken: string | undefined;
}

export interface GetRequest {
  readonly results?: readonly ResultName[];
  readonly speakers?: SpeakerNames | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TalkReading {
  readonly caller: Caller;
  readonly place: TalkPlace;
  readonly budget: ReadBudget;
  /** Aborted when nothing is to be waited for any more. */
  readonly closed: AbortSignal;
}

const answerMs = 15_000;
/** More in one answer would be too large a message. */
export const mostIds = 100;
const pageSizes = { usual: 100, most: 1000 };

export async function searchTalks(
  { caller, place }: TalkReading,
  wanted: SearchRequest,
): Promise<SearchResult> {
  const { filters = [], query, sort, pageSize = pageSizes.usual, pageToken, signal } = wanted;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > pageSizes.most) {
    throw new InvalidError('INPUT_INVALID', `a page has 1 to ${pageSizes.most} talks`, {
      params: { what: 'pageSize' },
    });
  }
  const request = {
    ...placeFields(place),
    filters,
    page_size: pageSize,
    ...(query && { query }),
    ...(sort && { sort_data: sort }),
    ...(pageToken !== undefined && pageToken !== '' && { page_token: pageToken }),
  };
  const answer = await caller.ask('Search', request, { deadlineMs: answerMs, signal });
  return {
    talkIds: entriesAt(answer, 'talk_ids').filter((id) => typeof id === 'string'),
    count: Number(textAt(answer, 'talks_count') ?? 0),
    nextPageToken: textAt(answer, 'next_page_token'),
  };
}

export async function getTalks(
  reading: TalkReading,
  talkIds: readonly string[],
  { results = resultNames, speakers, signal }: GetRequest,
): Promise<Talk[]> {
  const ids = [...new Set(talkIds.map((id) => id.trim()).filter((id) => id !== ''))];
  if (ids.length === 0) throw unfit('talkId', 'there is no talk id');
  const unknown = results.filter((name) => !resultNames.includes(name));
  if (unknown.length > 0) throw unfit('results', `results are ${resultNames.join(', ')}`);
  const talks: Talk[] = [];
  const left = [...ids];
  while (left.length > 0) {
    const page = left.splice(0, await spendOnPage(reading, left.length, signal));
    const found = await askForTalks(reading, page, { results, signal });
    talks.push(...found.map((talk) => readTalk(talk, speakers)));
  }
  return talks;
}

/** How many of them may be read now, one at least. They are spent at once: whoever waits besides may be next. */
async function spendOnPage(
  reading: TalkReading,
  wanted: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { caller, budget } = reading;
  for (let now = caller.clock.now(); ;) {
    const room = budget.room(now);
    if (room > 0) {
      const count = Math.min(wanted, mostIds, room);
      budget.spend(count, caller.clock.now());
      return count;
    }
    const freeAt = budget.freeAt(now);
    await restUnlessClosed(reading, freeAt - now, signal);
    // A wall clock that was set back does not make the wait any longer.
    now = Math.max(freeAt, caller.clock.now());
  }
}

async function restUnlessClosed(
  { caller, closed }: TalkReading,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stop = new AbortController();
  const signals = [closed, ...(signal ? [signal] : [])];
  const onAbort = (): void => stop.abort();
  if (signals.some(({ aborted }) => aborted)) onAbort();
  for (const each of signals) each.addEventListener('abort', onAbort, { once: true });
  try {
    await caller.clock.sleep(ms, stop.signal);
  } finally {
    for (const each of signals) each.removeEventListener('abort', onAbort);
  }
}

/** As they come over the wire; not more than fit into one answer. */
export async function askForTalks(
  { caller, place }: Pick<TalkReading, 'caller' | 'place'>,
  ids: readonly string[],
  { results = resultNames, signal }: GetRequest,
): Promise<unknown[]> {
  const request = { ...placeFields(place), talk_ids: ids, results_mask: { paths: results } };
  const answer = await caller.ask('Get', request, { deadlineMs: answerMs, signal });
  return entriesAt(answer, 'talk');
}

function unfit(what: string, message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what } });
}
