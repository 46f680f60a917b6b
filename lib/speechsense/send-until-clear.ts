import { CancelledError, toError } from '../core/errors';
import { withRetry } from '../core/retry';
import { CallFailure, StoppedInTime } from './call-failure';
import { hold, look, talkOf, uncertainty, type KnownTalk } from './known-talk';
import type { OnceParts, OneUpload, SentTalk, UploadOutcome } from './one-upload';
import { readingError, SourceFailure } from './recording-reader';
import { retryRow, usualPauses } from './retry-table';
import { recordAt, type UploadRecord } from './upload-record';

/** Looks for a talk whose making was not answered. */
const pausesAfterLossMs = [500, 2000, 5000];

/** Tries until there is a talk, or none for certain, or nobody knows. */
export async function sendUntilClear(
  parts: OnceParts,
  upload: OneUpload,
  before: UploadRecord | undefined,
): Promise<UploadOutcome> {
  const { caller, records, service } = parts;
  const { key, mark } = upload;
  const repeating = caller.repeating();
  let tries = 0;

  async function tryOnce(): Promise<UploadOutcome> {
    tries += 1;
    let begun: UploadRecord | undefined;
    let noting: Promise<void> | undefined;
    const noteBegun = async (): Promise<void> => {
      begun = await records.begin(key, begun ?? before, { service, isAgain: upload.reupload });
      if (!begun) throw uncertainty(upload, 'another process uploads it as well');
    };
    let sent: SentTalk;
    try {
      sent = await upload.send(() => (noting = noteBegun()));
    } catch (error) {
      // The call may have ended while the record was being written.
      await noting;
      if (!begun) throw error;
      return await afterHandOver(begun, error);
    }
    return concluded(sent);
  }

  /** The talk exists, whatever becomes of the record: `begun`, it will be looked for the next time. */
  async function concluded(sent: SentTalk): Promise<UploadOutcome> {
    const { talkId, badgeId } = sent;
    const isRecorded = await records.done(key, { talkId, badgeId, service, mark }).then(
      () => true,
      () => false,
    );
    return { ...sent, reused: false, isRecorded, tries };
  }

  /** By somebody else. */
  function madeMeanwhile(talk: KnownTalk): UploadOutcome {
    return { ...talk, isComplete: true, reused: true, isRecorded: true, tries };
  }

  async function afterHandOver(begun: UploadRecord, error: unknown): Promise<UploadOutcome> {
    if (mayHaveMadeTalk(error)) {
      // Whoever has stopped it does not wait for a search.
      if (error instanceof CancelledError) return madeMeanwhile(await hold(parts, upload, begun, error));
      const found = await look(parts, upload, begun, pausesAfterLossMs);
      if (typeof found === 'object') return concluded({ talkId: found.talkId, isComplete: true });
      // Search is behind the uploads, so its silence says nothing, whatever the service has answered.
      if (found === 'unable' || !parts.believesSearch) {
        const cause = toError(caller.words(error, upload.method(), upload.sent));
        return madeMeanwhile(await hold(parts, upload, begun, uncertainty(upload, reasonOf(error), cause)));
      }
    }
    const talk = talkOf(recordAt(await records.restore(key, begun, before), service));
    const isOfBefore = talk?.talkId === recordAt(before, service)?.talkId;
    if (talk && !isOfBefore) return madeMeanwhile(talk);
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

/** Of what ended after the hand-over. Whatever neither the call nor its end is came up before anything left. */
function mayHaveMadeTalk(error: unknown): boolean {
  if (error instanceof CallFailure) return error.mayHaveArrived && retryRow(error).mayExist;
  return error instanceof CancelledError && !(error instanceof StoppedInTime);
}

function reasonOf(error: unknown): string {
  return error instanceof CallFailure ? retryRow(error).name : 'UNKNOWN';
}
