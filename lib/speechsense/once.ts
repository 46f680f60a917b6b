import type { Lanes } from '../core/lanes';
import type { Turns } from '../core/turns';
import { knownTalk, type LookingParts, type SoughtUpload } from './known-talk';
import { sendUntilClear } from './send-until-clear';
import { recordAt, type UploadRecord } from './upload-record';

export interface SentTalk {
  readonly talkId: string;
  /** Of an upload that the service splits into talks. */
  readonly badgeId?: string;
  /** False: the service answered before it had everything. */
  readonly isComplete: boolean;
}

export interface OneUpload extends SoughtUpload {
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

export interface OnceParts extends LookingParts {
  readonly turns: Turns;
  readonly lanes: Lanes;
  /** Of the whole process: the same connection may be served by two nodes, and under two names. */
  readonly scope: string;
  readonly random?: (() => number) | undefined;
}

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
