import { CancelledError } from '../core/errors';
import type { StoreSource } from '../store/store';
import { unlessAborted } from '../core/unless-aborted';
import type { CursorRecords } from './records';
import { cursorTaken, type CursorClaim, type CursorRegistry } from './registry';
import { createTenures, noTenure, type Tenure } from './tenure';

/** What the work on a cursor needs, in the time in which this process has it. */
export interface Desk {
  readonly tenure: Tenure;
  readonly records: CursorRecords;
}

export interface Desks {
  /** With all that is on record read. Undefined while another process has the cursor; rejects when nobody can. */
  ready(): Promise<Desk | undefined>;
  /** Of the time in which it is ours, or was. */
  records(): CursorRecords;
  /** By all this process knows at this moment. */
  isOurs(): boolean;
  /** By the last look. */
  isElsewhere(): boolean;
  /** Whether there was a first look; without one nobody waits for the cursor. */
  isClaimed(): boolean;
  close(): Promise<void>;
}

export interface DesksOptions {
  readonly key: string;
  readonly cursorName: string;
  readonly store: StoreSource;
  readonly registry: CursorRegistry;
  readonly closing: AbortSignal;
  readonly recordsOf: (tenure: Tenure) => CursorRecords;
  /** It is ours now, and read. What this rejects with, the next look tries again. */
  readonly onTaken: (desk: Desk) => Promise<void>;
  readonly onLost: () => void;
  /** Another node of this process wants the same cursor. */
  readonly onRival: (error: Error) => void;
}

export function createDesks(options: DesksOptions): Desks {
  const { key, cursorName, store, registry, closing, recordsOf } = options;
  const unread = recordsOf(noTenure);
  let desk: Desk | undefined;
  let opened: Promise<void> | undefined;
  let isElsewhere = false;
  let claim: CursorClaim | undefined;
  let isRivalTold = false;
  const tenures = createTenures({ name: key, store, closing, onLost: options.onLost });

  /** Throws when another node has the cursor. */
  function claimHere(): void {
    claim ??= registry.claim(key, () => {
      if (!isRivalTold) options.onRival(cursorTaken(cursorName));
      isRivalTold = true;
    });
    if (!claim) throw cursorTaken(cursorName);
  }

  function deskOf(tenure: Tenure): Desk {
    if (desk?.tenure === tenure) return desk;
    opened = undefined;
    desk = { tenure, records: recordsOf(tenure) };
    return desk;
  }

  return {
    async ready() {
      if (closing.aborted) throw new CancelledError();
      claimHere();
      const tenure = await unlessAborted(tenures.take(), closing);
      isElsewhere = tenure === undefined;
      if (!tenure) return undefined;
      const now = deskOf(tenure);
      await unlessAborted(now.records.load(), tenure.signal);
      opened ??= options.onTaken(now).catch((thrown: unknown) => {
        opened = undefined;
        throw thrown;
      });
      await unlessAborted(opened, tenure.signal);
      return now;
    },
    records: () => desk?.records ?? unread,
    isOurs: () => !closing.aborted && tenures.now() !== undefined,
    isElsewhere: () => isElsewhere,
    isClaimed: () => claim !== undefined,
    async close() {
      await tenures.close();
      claim?.release();
    },
  };
}
