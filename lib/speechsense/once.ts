import { knownTalk, talkOf } from './known-talk';
import type { OnceParts, OneUpload, UploadOutcome } from './one-upload';
import { sendUntilClear } from './send-until-clear';
import { recordAt, type UploadRecord } from './upload-record';

export async function uploadOnce(parts: OnceParts, upload: OneUpload): Promise<UploadOutcome> {
  const { turns, records, service, scope } = parts;
  const { key, signal, reupload } = upload;
  const seen = recordAt(await records.find(key), service);
  const known = reupload ? undefined : talkOf(seen);
  // Most of what comes again was done long ago: nobody has to be asked for a turn.
  if (known) return { ...known, ...asBefore };
  // What is made while this one waits for its turn is what both have asked for.
  const isNew = ({ talkId }: UploadRecord): boolean => !reupload || talkId !== seen?.talkId;
  // In this process first, so that no more than one of it waits among all who share the store.
  const turn = await turns.take([`${scope}\n${key}`], signal);
  try {
    return await records.alone(key, () => lookAndSend(parts, upload, isNew), signal);
  } finally {
    turn.release();
  }
}

const asBefore = { isComplete: true, reused: true, isRecorded: true, tries: 0 } as const;

async function lookAndSend(
  parts: OnceParts,
  upload: OneUpload,
  isNew: (record: UploadRecord) => boolean,
): Promise<UploadOutcome> {
  const seen = await parts.records.find(upload.key);
  const known = await knownTalk(parts, upload, seen, isNew);
  if (known) return { ...known, ...asBefore };
  return parts.lanes.run(() => sendUntilClear(parts, upload, seen), upload.signal);
}
