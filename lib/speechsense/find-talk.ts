import { CancelledError } from '../core/errors';
import { entriesAt } from '../core/fields';
import type { Caller } from './caller';
import { CallFailure } from './call-failure';
import { retryRow } from './retry-table';

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

export interface Look {
  readonly mark: TalkMark;
  /** Talks that are known, and not the one that is looked for. */
  readonly besides: readonly string[];
  /** A talk is not in the index at once. */
  readonly pausesMs: readonly number[];
  readonly requestId: string;
  readonly signal?: AbortSignal | undefined;
}

/** `absent`: Search works, and does not know the talk, or not yet. `unable`: Search tells nothing. */
export type Found = { readonly talkId: string } | 'absent' | 'unable';

const answerMs = 15_000;

export async function findTalk(caller: Caller, place: TalkPlace, look: Look): Promise<Found> {
  let outcome: Found = 'unable';
  for (const pauseMs of look.pausesMs) {
    await caller.clock.sleep(pauseMs, look.signal);
    const found = await searchOnce(caller, place, look);
    if (typeof found === 'object') return found;
    if (found === 'never') return outcome;
    if (found === 'absent') outcome = 'absent';
  }
  return outcome;
}

async function searchOnce(
  caller: Caller,
  place: TalkPlace,
  { mark, besides, requestId, signal }: Look,
): Promise<{ talkId: string } | 'absent' | 'not-now' | 'never'> {
  const request = {
    ...placeFields(place),
    filters: [{ key: `userMeta.${mark.field}`, any_match: { values: [mark.value] } }],
    page_size: 100,
  };
  try {
    const answer = await caller.tryOnce('Search', request, { deadlineMs: answerMs, requestId, signal });
    const talkId = entriesAt(answer, 'talk_ids').find(
      (id): id is string => typeof id === 'string' && id !== '' && !besides.includes(id),
    );
    return talkId === undefined ? 'absent' : { talkId };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const isFinal = !(error instanceof CallFailure) || retryRow(error).repeat === 'never';
    return isFinal ? 'never' : 'not-now';
  }
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
