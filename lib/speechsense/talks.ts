import { InvalidError, RefusedError } from '../core/errors';
import { entriesAt, textAt } from '../core/fields';
import type { Caller } from './caller';
import { placeFields, type TalkPlace } from './find-talk';
import { readTalk, type SpeakerNames, type Talk, type TalkState } from './talk';
import { grpcStatus } from './grpc-status';

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

export interface WaitRequest extends GetRequest {
  /** `text`: as soon as it can be read. `everything`: when nothing more is being worked on. */
  readonly until?: 'text' | 'everything';
  readonly pausesMs?: readonly number[];
  readonly limitMs?: number;
}

export interface TalkReading {
  readonly caller: Caller;
  readonly place: TalkPlace;
}

const answerMs = 15_000;
/** More in one answer would be too large a message. */
const mostIds = 100;
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
  const ids = talkIds.map((id) => id.trim()).filter((id) => id !== '');
  if (ids.length === 0) throw unfit('talkId', 'there is no talk id');
  const unknown = results.filter((name) => !resultNames.includes(name));
  if (unknown.length > 0) throw unfit('results', `results are ${resultNames.join(', ')}`);
  const talks: Talk[] = [];
  for (let first = 0; first < ids.length; first += mostIds) {
    const page = ids.slice(first, first + mostIds);
    talks.push(...(await getPage(reading, page, { results, speakers, signal })));
  }
  return talks;
}

async function getPage(
  { caller, place }: TalkReading,
  ids: readonly string[],
  { results = resultNames, speakers, signal }: GetRequest,
): Promise<Talk[]> {
  const request = { ...placeFields(place), talk_ids: ids, results_mask: { paths: results } };
  const answer = await caller.ask('Get', request, { deadlineMs: answerMs, signal });
  return entriesAt(answer, 'talk').map((talk) => readTalk(talk, speakers));
}

const usualPausesMs = [10_000, 30_000, 60_000, 300_000];
const usualLimitMs = 3 * 3600_000;

export async function waitUntilAnalysed(
  reading: TalkReading,
  talkId: string,
  wanted: WaitRequest = {},
): Promise<Talk> {
  const { until = 'everything', pausesMs = usualPausesMs, limitMs = usualLimitMs, signal } = wanted;
  const results = wanted.results ?? resultNames;
  const { clock } = reading.caller;
  const startedAt = clock.now();
  for (let round = 0; ; round += 1) {
    const talk = await talkIfThere(reading, talkId, { ...wanted, results: withState(results) });
    if (talk && hasFailed(talk.state)) throw analysisFailed();
    if (talk && isReady(talk.state, until)) return talk;
    const pauseMs = pausesMs[Math.min(round, pausesMs.length - 1)] ?? 0;
    if (clock.now() + pauseMs - startedAt > limitMs) throw notReady(limitMs);
    await clock.sleep(pauseMs, signal);
  }
}

function withState(results: readonly ResultName[]): readonly ResultName[] {
  return results.includes('talk_state') ? results : [...results, 'talk_state'];
}

/** Until a talk is attached to its project, it is not there, or in conflict. */
async function talkIfThere(
  reading: TalkReading,
  talkId: string,
  wanted: GetRequest,
): Promise<Talk | undefined> {
  try {
    const [talk] = await getTalks(reading, [talkId], wanted);
    return talk;
  } catch (error) {
    const notYet: readonly unknown[] = [
      grpcStatus.NOT_FOUND,
      grpcStatus.ABORTED,
      grpcStatus.FAILED_PRECONDITION,
    ];
    if (error instanceof RefusedError && notYet.includes(error.status)) return undefined;
    throw error;
  }
}

function isReady({ overall, algorithms }: TalkState, until: 'text' | 'everything'): boolean {
  if (overall === 'success') return true;
  const states = Object.values(algorithms);
  if (until === 'text') return algorithms['speechkit'] === 'success';
  return states.length > 0 && states.every((state) => state === 'success' || state === 'failed');
}

function hasFailed({ overall, algorithms }: TalkState): boolean {
  return overall === 'failed' || algorithms['speechkit'] === 'failed';
}

function analysisFailed(): RefusedError {
  return new RefusedError('SPEECHSENSE_ANALYSIS', 'SpeechSense could not analyse the talk', {
    params: { reason: 'FAILED' },
  });
}

function notReady(limitMs: number): RefusedError {
  const minutes = Math.round(limitMs / 60_000);
  return new RefusedError('SPEECHSENSE_NOT_READY', `the talk was not analysed within ${minutes} min`, {
    params: { minutes },
  });
}

function unfit(what: string, message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what } });
}
