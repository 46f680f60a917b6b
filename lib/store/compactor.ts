import { join } from 'node:path';
import { toError } from '../core/errors';
import { unavailable } from './failures';
import { parseSegmentName, parseSnapshotName } from './file-names';
import { codeOf, type StoreFiles } from './files';
import type { Journal } from './journal';
import type { Desk } from './ledger';
import type { Loaded } from './load';
import { quietly } from './segment';
import { writeSnapshot } from './snapshot';
import type { JournalStats } from './store';

export interface CompactorOptions {
  folder: string;
  files: StoreFiles;
  monotonic: () => number;
  compactBytes: number;
  desk: Desk;
  journal: Journal;
  loaded: Loaded;
}

export interface Compactor {
  compact(): Promise<void>;
  /** Entries ended by themselves, which leaves no trace in the journal but makes the snapshot too large. */
  noteGone(entries: number): void;
  stats(): JournalStats;
  /** Compacts when it is worth it. */
  look(): void;
  /** Waits for what is under way; begins nothing more. */
  stop(): Promise<void>;
}

/** Every opening begins a segment of its own. */
const manySegments = 8;
const retryMs = 30_000;

export function createCompactor(options: CompactorOptions): Compactor {
  const { folder, files, journal, desk, loaded, monotonic, compactBytes } = options;
  let bytesBefore = loaded.journalBytes;
  let snapshotBytes = loaded.snapshotBytes;
  let segments = loaded.segments;
  let gone = 0;
  let isStopped = false;
  // Damage is said once, and then nobody has to read it again.
  let isWanted = loaded.damagedRecords > 0;
  let last: JournalStats['lastSnapshot'];
  let lastFault: { reason: string; at: number } | undefined;
  let running: Promise<void> | undefined;

  const journalBytes = (): number => bytesBefore + journal.writtenBytes();

  const isDue = (): boolean => {
    if (journal.fault() || running || isStopped) return false;
    if (lastFault && monotonic() - lastFault.at < retryMs) return false;
    const isMostlyGone =
      snapshotBytes > compactBytes && gone > desk.state.entries.size + desk.state.seen.size;
    const isTooLong = journalBytes() > Math.max(compactBytes, snapshotBytes);
    return isWanted || isMostlyGone || isTooLong || segments > manySegments;
  };

  const run = async (): Promise<void> => {
    const start = monotonic();
    const { seq, index } = await journal.rotate();
    const bytesAtStart = journal.writtenBytes();
    gone = 0;
    const { name, bytes, longestSliceMs } = await writeSnapshot({
      ...{ folder, files, monotonic, seq, state: desk.state },
      now: () => desk.time.now(),
      flush: () => journal.flush(),
    });
    bytesBefore = -bytesAtStart;
    snapshotBytes = bytes;
    segments = 1;
    isWanted = false;
    lastFault = undefined;
    last = { at: desk.time.now(), ms: monotonic() - start, bytes, longestSliceMs };
    await removeOld(files, folder, name, index);
  };

  const compactOnce = (): Promise<void> => {
    running ??= run()
      .catch((thrown: unknown) => {
        const fault = toError(thrown);
        lastFault = { reason: codeOf(fault) || fault.message, at: monotonic() };
        throw codeOf(fault) ? unavailable(fault, false) : fault;
      })
      .finally(() => (running = undefined));
    return running;
  };

  return {
    async compact() {
      // One that is under way may have passed what the caller wants to see in it.
      if (running) await quietly(running);
      await compactOnce();
    },
    noteGone: (entries) => (gone += entries),
    stats() {
      const { count, ...fsyncMs } = journal.syncs.summary();
      const sizes = { journalBytes: journalBytes(), snapshotBytes, unsyncedBytes: journal.unsyncedBytes() };
      return { ...sizes, fsyncs: count, fsyncMs, lastSnapshot: last, snapshotFault: lastFault?.reason };
    },
    look() {
      // What goes wrong is in the stats, and tried again later.
      if (isDue()) compactOnce().catch(() => undefined);
    },
    async stop() {
      isStopped = true;
      if (running) await quietly(running);
    },
  };
}

/** What the snapshot has made superfluous. A file that cannot be removed is ignored when the folder is read. */
async function removeOld(files: StoreFiles, folder: string, snapshot: string, index: number): Promise<void> {
  for (const name of await files.list(folder)) {
    const segment = parseSegmentName(name);
    const isOldSegment = segment !== undefined && segment.index < index;
    const isOldSnapshot = parseSnapshotName(name) !== undefined && name !== snapshot;
    if (isOldSegment || isOldSnapshot) await quietly(files.remove(join(folder, name)));
  }
}
