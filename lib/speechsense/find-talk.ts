import { CancelledError } from '../core/errors';
import { entriesAt } from '../core/fields';
import type { Caller } from './caller';
import { CallFailure } from './call-failure';
import type { MethodName } from './definitions';
import { retryRow } from './retry-table';
import { readTalk } from './talk';

/** Where talks are looked for; Search needs some of these besides the connection. */
export interface TalkPlace {
  readonly connectionId: string;
  readonly organizationId?: string | undefined;
  readonly spaceId?: string | undefined;
  readonly projectId?: string | undefined;
}

/** A key of the metadata, and the value that only one talk has. */
export interface TalkMark {
  readonly field: string;
  readonly value: string;
}

export interface SearchOptions {
  readonly requestId: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Look extends SearchOptions {
  readonly mark: TalkMark;
  /** When the upload was begun: no older talk is of it. */
  readonly since: number;
  /** A talk that is known, and not the one that is looked for. */
  readonly isAnother: (talkId: string) => Promise<boolean>;
  /** A talk is not in the index at once. */
  readonly pausesMs: readonly number[];
}

/** `absent`: Search works, and does not know the talk, or not yet. `unable`: Search tells nothing. */
export type Found = { readonly talkId: string } | 'absent' | 'unable';

const answerMs = 15_000;
/** The clock of the service is another one. */
const clocksDifferMs = 5 * 60_000;

export async function findTalk(caller: Caller, place: TalkPlace, look: Look): Promise<Found> {
  let outcome: Found = 'unable';
  for (const pauseMs of look.pausesMs) {
    await caller.clock.sleep(pauseMs, look.signal);
    const found = await lookOnce(caller, place, look);
    if (typeof found === 'object') return found;
    if (found === 'never') return outcome;
    // Once there is a talk that may be it, nobody can say any more that there is none.
    if (found === 'doubtful') return 'unable';
    if (found === 'absent') outcome = 'absent';
  }
  return outcome;
}

/** Whether a search as for a lost talk brings one that is there for certain. */
export async function searchFinds(
  caller: Caller,
  place: TalkPlace,
  known: { readonly talkId: string; readonly mark: TalkMark },
  options: SearchOptions,
): Promise<boolean> {
  const ids = await talksWith(caller, place, known.mark, options);
  return Array.isArray(ids) && ids.includes(known.talkId);
}

type NoAnswer = 'not-now' | 'never';

async function lookOnce(
  caller: Caller,
  place: TalkPlace,
  look: Look,
): Promise<{ talkId: string } | 'absent' | 'doubtful' | NoAnswer> {
  const ids = await talksWith(caller, place, look.mark, look);
  if (!Array.isArray(ids)) return ids;
  const unknown: string[] = [];
  for (const id of ids) if (!(await look.isAnother(id))) unknown.push(id);
  const [talkId, ...others] = unknown;
  if (talkId === undefined) return 'absent';
  if (others.length > 0) return 'doubtful';
  const madeAt = await creationOf(caller, place, talkId, look);
  if (typeof madeAt !== 'number') return madeAt === 'not-now' ? madeAt : 'doubtful';
  return madeAt >= look.since - clocksDifferMs ? { talkId } : 'doubtful';
}

async function talksWith(
  caller: Caller,
  place: TalkPlace,
  { field, value }: TalkMark,
  options: SearchOptions,
): Promise<string[] | NoAnswer> {
  const filters = [{ key: `userMeta.${field}`, any_match: { values: [value] } }];
  const request = { ...wholePlace(place), filters, page_size: 100 };
  const answer = await askOnce(caller, 'Search', request, options);
  if (typeof answer === 'string') return answer;
  return entriesAt(answer, 'talk_ids').filter((id): id is string => typeof id === 'string' && id !== '');
}

async function creationOf(
  caller: Caller,
  place: TalkPlace,
  talkId: string,
  options: SearchOptions,
): Promise<number | NoAnswer> {
  const request = { ...wholePlace(place), talk_ids: [talkId], results_mask: { paths: ['talk_state'] } };
  const answer = await askOnce(caller, 'Get', request, options);
  if (typeof answer === 'string') return answer;
  const talk = entriesAt(answer, 'talk')
    .map((raw) => readTalk(raw))
    .find(({ id }) => id === talkId);
  // It may not be attached yet.
  return talk?.createdAt === undefined ? 'not-now' : Date.parse(talk.createdAt);
}

async function askOnce(
  caller: Caller,
  method: MethodName,
  request: object,
  { requestId, signal }: SearchOptions,
): Promise<object | NoAnswer> {
  try {
    return await caller.tryOnce(method, request, { deadlineMs: answerMs, requestId, signal });
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const isFinal = !(error instanceof CallFailure) || retryRow(error).repeat === 'never';
    return isFinal ? 'never' : 'not-now';
  }
}

/** A project is a choice of talks, and may leave out the one that is looked for. */
function wholePlace(place: TalkPlace): Record<string, string> {
  return placeFields(isWiderThanProject(place) ? { ...place, projectId: '' } : place);
}

/** Whether talks are looked for in all that the connection has. */
export function looksEverywhere(place: TalkPlace): boolean {
  return isWiderThanProject(place) || (place.projectId ?? '') === '';
}

function isWiderThanProject({ organizationId = '', spaceId = '' }: TalkPlace): boolean {
  return organizationId !== '' || spaceId !== '';
}

export function placeFields(place: TalkPlace): Record<string, string> {
  const { connectionId, organizationId = '', spaceId = '', projectId = '' } = place;
  return {
    connection_id: connectionId,
    ...(organizationId !== '' && { organization_id: organizationId }),
    ...(spaceId !== '' && { space_id: spaceId }),
    ...(projectId !== '' && { project_id: projectId }),
  };
}
