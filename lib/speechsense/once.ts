import { knownTalk } from './known-talk';
import type { OnceParts, OneUpload, UploadOutcome } from './one-upload';
import { sendUntilClear } from './send-until-clear';
import { recordAt, type UploadRecord } from './upload-record';

export async function uploadOnce(parts: OnceParts, upload: OneUpload): Promise<UploadOutcome> {
  const { turns, records, service, scope, lanes } = parts;
  // What is made while this one waits for its turn is what both have asked for.
  const before = upload.reupload ? recordAt(await records.find(upload.key), service) : undefined;
  const isNew = ({ talkId }: UploadRecord): boolean => talkId !== before?.talkId;
  const turn = await turns.take([`${scope}\n${upload.key}`], upload.signal);
  try {
    const seen = await records.find(upload.key);
    const known = await knownTalk(parts, upload, seen, isNew);
    if (known) return { ...known, isComplete: true, reused: true, isRecorded: true, tries: 0 };
    return await lanes.run(() => sendUntilClear(parts, upload, seen), upload.signal);
  } finally {
    turn.release();
  }
}
