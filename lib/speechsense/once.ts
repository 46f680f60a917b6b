import { CancelledError, RefusedError, UnreachableError, toError } from '../core/errors';
import { withRetry } from '../core/retry';
import type { Lanes } from '../core/lanes';
import type { Turns } from '../core/turns';
import type { Caller } from './caller';
import { CallFailure } from './call-failure';
import { findTalk, type Found, type TalkMark, type TalkPlace } from './find-talk';
import { talksOf, type UploadRecord, type UploadRecords } from './records';
import { readingError, SourceFailure } from './recording-reader';
import { retryRow, usualPauses } from './retry-table';
import type { MethodName } from './definitions';

export interface SentTalk {
  readonly talkId: string;
  /** Of an upload that the service splits into talks. */
  readonly badgeId?: string;
  /** False: the service answered before it had everything. */
  readonly isComplete: boolean;
}

export interface OneUpload {
  readonly method: () => MethodName;
  /** One key is one talk. */
  readonly key: string;
  readonly mark: TalkMark | undefined;
  readonly reupload: boolean;
  readonly requestId: string;
  readonly signal?: AbortSignal | undefined;
  /** One try, from the beginning. Calls `handOver` before the service could have everything. */
  send(handOver: () => Promise<void>): Promise<SentTalk>;
  /** What no error may repeat. */
  readonly sent: unknown;
}

export interface UploadOutcome extends SentTalk {
  /** It was there already: by the records, or by Search. */
  readonly reused: boolean;
  /** False: the store did not take the talk's id. */
  readonly isRecorded: boolean;
  readonly tries: number;
}

export interface OnceParts {
  readonly caller: Caller;
  readonly place: TalkPlace;
  readonly records: UploadRecords;
  readonly turns: Turns;
  readonly lanes: Lanes;
  /** Of the whole process: the same connection may be served by two nodes. */
  readonly scope: string;
  /** Whether a talk that Search does not find after a lost answer is sent again: it may be one too many. */
  readonly believesSearch: boolean;
  readonly random?: (() => number) | undefined;
}

/** Looks for a talk whose making was not answered. */
const pausesAfterLossMs = [500, 2000, 5000];
const firstPauseMs = [0];
/** By then a talk is in the index, so one that is not found does not exist. */
const indexedAfterMs = 30 * 60_000;

export async function uploadOnce(parts: OnceParts, upload: OneUpload): Promise<UploadOutcome> {
  const turn = await parts.turns.take([`${parts.scope}\n${upload.key}`], upload.signal);
  try {
    const record = await parts.records.find(upload.key);
    const known = upload.reupload ? undefined : await knownTalk(parts, upload, record);
    if (known) return { ...known, isComplete: true, reused: true, isRecorded: true, tries: 0 };
    return await parts.lanes.run(() => sendUntilClear(parts, upload, record), upload.signal);
  } finally {
    turn.release();
  }
}

/** The talk of an earlier upload; undefined when there certainly is none. */
async function knownTalk(
  parts: OnceParts,
  upload: OneUpload,
  record: UploadRecord | undefined,
): Promise<Pick<SentTalk, 'talkId' | 'badgeId'> | undefined> {
  if (!record) return undefined;
  const { state, talkId, badgeId } = record;
  if (state === 'done' && talkId !== undefined) return { talkId, ...(badgeId !== undefined && { badgeId }) };
  const found = await look(parts, upload, record, firstPauseMs);
  if (typeof found === 'object') {
    await parts.records.done(upload.key, found.talkId);
    return found;
  }
  const isIndexed = parts.caller.clock.now() - record.at > indexedAfterMs;
  if (found === 'absent' && isIndexed) return undefined;
  await parts.records.uncertain(upload.key);
  throw uncertainty(upload, 'an earlier try', undefined);
}

async function sendUntilClear(
  parts: OnceParts,
  upload: OneUpload,
  before: UploadRecord | undefined,
): Promise<UploadOutcome> {
  const { caller, records } = parts;
  const repeating = caller.repeating();
  let seen = before;
  let tries = 0;

  async function tryOnce(): Promise<UploadOutcome> {
    tries += 1;
    let noting: Promise<void> | undefined;
    const handOver = (): Promise<void> => (noting = noteBegun());
    let sent: SentTalk;
    try {
      sent = await upload.send(handOver);
    } catch (error) {
      if (!noting) throw error;
      // The call may have ended while the record was being written.
      await noting;
      return await afterHandOver(error);
    }
    return concluded(sent);
  }

  async function noteBegun(): Promise<void> {
    const begun = await records.begin(upload.key, seen);
    if (!begun) throw uncertainty(upload, 'another process uploads it as well', undefined);
    seen = begun;
  }

  /** The talk exists, whatever becomes of the record: `begun`, it will be looked for the next time. */
  async function concluded(sent: SentTalk): Promise<UploadOutcome> {
    const isRecorded = await records.done(upload.key, sent.talkId, sent.badgeId).then(
      () => true,
      () => false,
    );
    return { ...sent, reused: false, isRecorded, tries };
  }

  async function afterHandOver(error: unknown): Promise<UploadOutcome> {
    if (error instanceof CancelledError) {
      await records.uncertain(upload.key);
      throw error;
    }
    const isClear = error instanceof CallFailure && !mayHaveMadeTalk(error);
    if (!isClear) {
      const found = await look(parts, upload, seen, pausesAfterLossMs);
      if (typeof found === 'object') return concluded({ talkId: found.talkId, isComplete: true });
      // Search is behind the uploads: its silence is believed only together with the service's own no.
      const isRefused = error instanceof CallFailure && error.isAnswer;
      if (found === 'unable' || !(isRefused || parts.believesSearch)) {
        await records.uncertain(upload.key);
        throw uncertainty(
          upload,
          reasonOf(error),
          toError(caller.words(error, upload.method(), upload.sent)),
        );
      }
    }
    await records.restore(upload.key, before);
    seen = before;
    throw error;
  }

  try {
    return await withRetry(tryOnce, {
      policy: usualPauses,
      clock: caller.clock,
      decide: (error) => repeating.decide(error),
      signal: upload.signal,
      random: parts.random,
    });
  } catch (error) {
    if (error instanceof SourceFailure) throw readingError(error);
    throw caller.words(error, upload.method(), upload.sent);
  }
}

function mayHaveMadeTalk(failure: CallFailure): boolean {
  return failure.mayHaveArrived && retryRow(failure).mayExist;
}

function look(
  { caller, place }: OnceParts,
  { mark, requestId, signal }: OneUpload,
  record: UploadRecord | undefined,
  pausesMs: readonly number[],
): Promise<Found> {
  if (!mark) return Promise.resolve('unable');
  return findTalk(caller, place, { mark, besides: talksOf(record), pausesMs, requestId, signal });
}

function reasonOf(error: unknown): string {
  return error instanceof CallFailure ? retryRow(error).name : 'UNKNOWN';
}

function uncertainty(upload: OneUpload, reason: string, cause: Error | undefined): Error {
  const message = `${upload.method()}: whether the talk was made is not known (${reason})`;
  const params = { reason };
  if (cause instanceof RefusedError && cause.serviceCode === 'ALREADY_EXISTS') return cause;
  return new UnreachableError('SPEECHSENSE_UNCERTAIN', message, {
    sent: true,
    params,
    ...(cause && { cause }),
  });
}
