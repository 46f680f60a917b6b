import { UnreachableError } from '../core/errors';
import type { Caller } from './caller';
import {
  findTalk,
  looksEverywhere,
  searchFinds,
  type Found,
  type TalkMark,
  type TalkPlace,
} from './find-talk';
import { indexedAfterMs } from './indexed-talks';
import type { MethodName } from './definitions';
import type { UploadRecords } from './records';
import { recordAt, talksOf, type UploadRecord } from './upload-record';

export interface KnownTalk {
  readonly talkId: string;
  readonly badgeId?: string;
}

export interface LookingParts {
  readonly caller: Caller;
  readonly place: TalkPlace;
  readonly records: UploadRecords;
  /** Whose talks they are: by `serviceOf`. */
  readonly service: string;
  /** Whether a talk that Search does not find after a lost answer is sent again: it may be one too many. */
  readonly believesSearch: boolean;
}

export interface SoughtUpload {
  readonly method: () => MethodName;
  /** One key is one talk. */
  readonly key: string;
  readonly mark: TalkMark | undefined;
  /** Another talk, although there may be one. */
  readonly reupload: boolean;
  readonly requestId: string;
  readonly signal?: AbortSignal | undefined;
}

const firstPauseMs = [0];

/** The talk of an earlier upload; undefined when one is to be made. */
export async function knownTalk(
  parts: LookingParts,
  upload: SoughtUpload,
  seen: UploadRecord | undefined,
  isNew: (record: UploadRecord) => boolean,
): Promise<KnownTalk | undefined> {
  const record = recordAt(seen, parts.service);
  if (!seen || !record) return undefined;
  if (record.state === 'done') return upload.reupload && !isNew(record) ? undefined : talkOf(record);
  const { mark } = upload;
  const found = await look(parts, upload, record, firstPauseMs);
  if (typeof found === 'object') {
    await parts.records.done(upload.key, { ...found, service: parts.service, mark });
    return found;
  }
  // It was not asked for when that one was sent, so this is a person's word.
  if (upload.reupload && record.isAgain !== true) return undefined;
  if (found === 'absent' && (await isNowhere(parts, upload, record))) return undefined;
  return hold(parts, upload, seen, uncertainty(upload, 'an earlier try'));
}

/** Until a person has looked. Resolves with the talk when it has become known meanwhile. */
export async function hold(
  { records, service }: LookingParts,
  { key }: SoughtUpload,
  seen: UploadRecord,
  reason: Error,
): Promise<KnownTalk> {
  const talk = talkOf(recordAt(await records.uncertain(key, seen, service), service));
  if (!talk) throw reason;
  return talk;
}

export function talkOf(record: UploadRecord | undefined): KnownTalk | undefined {
  const { state, talkId, badgeId } = record ?? {};
  if (state !== 'done' || talkId === undefined) return undefined;
  return { talkId, ...(badgeId !== undefined && { badgeId }) };
}

export function look(
  { caller, place, records }: LookingParts,
  { mark, requestId, signal, key }: SoughtUpload,
  record: UploadRecord,
  pausesMs: readonly number[],
): Promise<Found> {
  if (!mark) return Promise.resolve('unable');
  const known = talksOf(record);
  const isAnother = async (talkId: string): Promise<boolean> =>
    known.includes(talkId) || (await records.isOfAnother(key, talkId));
  return findTalk(caller, place, { mark, since: record.at, isAnother, pausesMs, requestId, signal });
}

/** Search is behind the uploads, and may be blind to a field: it shows first that it sees what came later. */
async function isNowhere(
  { caller, place, records, service, believesSearch }: LookingParts,
  { mark, requestId, signal }: SoughtUpload,
  { state, at }: UploadRecord,
): Promise<boolean> {
  const isIndexed = caller.clock.now() - at > indexedAfterMs;
  if (state === 'forgotten' || !isIndexed || !mark) return false;
  if (believesSearch) return true;
  if (!looksEverywhere(place)) return false;
  const sample = await records.sampleSince(service, mark.field, at);
  return sample !== undefined && (await searchFinds(caller, place, sample, { requestId, signal }));
}

export function uncertainty(
  { method }: Pick<SoughtUpload, 'method'>,
  reason: string,
  cause?: Error,
): UnreachableError {
  const message = `${method()}: whether the talk was made is not known (${reason})`;
  return new UnreachableError('SPEECHSENSE_UNCERTAIN', message, {
    sent: true,
    params: { reason },
    ...(cause && { cause }),
  });
}
