import type { Lanes } from '../core/lanes';
import type { Turns } from '../core/turns';
import type { LookingParts, SoughtUpload } from './known-talk';

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
