import { isAbsolute, resolve } from 'node:path';
import { systemClock, type Clock } from '../core/clock';
import { BitlaneError } from '../core/errors';
import { createCompactor, type Compactor } from './compactor';
import { createEntryOperations } from './entries';
import { unavailable } from './failures';
import { codeOf, diskFiles, type StoreFiles } from './files';
import { openJournal, type Journal } from './journal';
import type { StoreKeys } from './key-file';
import { createKeyRing, type KeyRing } from './key-ring';
import type { Desk, Ledger } from './ledger';
import { createLocalHolds } from './holds';
import { createLocalWakes } from './local-wakes';
import { loadFolder, type Loaded } from './load';
import { takeLock, type Lock } from './lock';
import { repeat, sweep } from './maintenance';
import { reportOf, type OpenReport } from './open-report';
import { countAll, countUnreadable, createOverview } from './overview';
import { systemProcesses, type ProcessView } from './process-view';
import { createQueueOperations } from './queues';
import { encodeRecord } from './record';
import { resealAll } from './rotation';
import type { Store } from './store';
import { createStoreTime } from './store-time';

export interface EmbeddedStoreOptions {
  folder: string;
  /**
   * 32 bytes in base64: seals queue payloads and whatever is marked `sealed`. A function is asked once the folder
   * is locked: two processes that make a key for the same folder would each go on with their own.
   */
  key: string | (() => Promise<StoreKeys>);
  /** Keys that were in use before, until `rotateKey` is done. */
  previousKeys?: readonly string[];
  /** Told when writing stops working, with the reason (for example ENOSPC), and when it works again. */
  onStateChange?: (
    state: 'ready' | 'unavailable',
    reason: string | undefined,
    failure: Error | undefined,
  ) => void;
  clock?: Clock;
  /** Milliseconds that are never set back. */
  monotonic?: () => number;
  files?: StoreFiles;
  processes?: ProcessView;
  /** How long a change that nobody waits for may be lost to a power cut (1 000). A crash of Node.js loses nothing. */
  syncAfterMs?: number;
  /** How often a disk that failed is tried again (1 000). */
  probeMs?: number;
  /** What may wait in memory for a slow or broken disk (32 MiB). */
  maxUnsyncedBytes?: number;
  /** The journal is replaced by a snapshot when it is larger than this and larger than the last snapshot (16 MiB). */
  compactBytes?: number;
  sweepMs?: number;
  heartbeatMs?: number;
  silenceMs?: number;
}

export interface EmbeddedStore extends Store {
  /** What opening found: for the log and the panel. */
  readonly report: OpenReport;
  /** Replaces the journal by a snapshot now. */
  compact(): Promise<void>;
  /** Tries a broken disk now instead of at the next probe. */
  probe(): Promise<void>;
  /** As the process ends: gives the folder up without waiting, if all of it is on disk. */
  letGoNow(): void;
}

const defaults = {
  clock: systemClock,
  monotonic: () => performance.now(),
  files: diskFiles,
  processes: systemProcesses,
  syncAfterMs: 1000,
  probeMs: 1000,
  maxUnsyncedBytes: 32 * 1024 * 1024,
  compactBytes: 16 * 1024 * 1024,
  sweepMs: 30_000,
  heartbeatMs: 2000,
  silenceMs: 12_000,
  onStateChange: () => undefined,
};

type Settings = Required<EmbeddedStoreOptions>;

/** Rejects with STORE_LOCKED, STORE_UNAVAILABLE or CONFIG_INVALID; what else it finds is in `report`. */
export async function openEmbeddedStore(given: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const folder = isAbsolute(given.folder) ? given.folder : resolve(given.folder);
  const settings: Settings = { previousKeys: [], ...defaults, ...given, folder };
  const { files } = settings;
  const makeRing = ringMaker(settings);
  await onDisk(files.makeFolder(folder));
  let condemn: ((failure: Error) => void) | undefined;
  let lost: Error | undefined;
  const lock = await takeLock({
    ...settings,
    onLost: (failure) => {
      lost = failure;
      condemn?.(failure);
    },
  });
  try {
    const keys = await makeRing();
    const start = settings.monotonic();
    const loaded = await onDisk(loadFolder(files, folder, settings.monotonic));
    const growth = { look: (): void => undefined };
    const journal = await onDisk(openJournal(journalOptions(settings, loaded, () => growth.look())));
    condemn = journal.condemn;
    if (lost) journal.condemn(lost);
    const desk: Desk = {
      state: loaded.state,
      ledger: ledgerOn(journal),
      time: createStoreTime(settings.clock, settings.monotonic, loaded.lastTime),
      keys,
    };
    const unreadable = await countUnreadable(desk);
    const report = reportOf(loaded, lock.takenFrom, unreadable, settings.monotonic() - start);
    const compactor = createCompactor({ ...settings, desk, journal, loaded });
    growth.look = () => compactor.look();
    return assemble(settings, desk, journal, compactor, lock, report);
  } catch (failure) {
    await lock.release();
    throw failure;
  }
}

function ringMaker({ key, previousKeys }: Settings): () => Promise<KeyRing> {
  if (typeof key === 'function') {
    return async () => {
      const { current, previous } = await key();
      return createKeyRing(current, previous);
    };
  }
  // A wrong one is told before anything is made.
  const ring = createKeyRing(key, previousKeys);
  return () => Promise.resolve(ring);
}

async function onDisk<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (fault) {
    throw codeOf(fault) ? unavailable(fault, false) : fault;
  }
}

function journalOptions(
  settings: Settings,
  loaded: Loaded,
  onWritten: () => void,
): Parameters<typeof openJournal>[0] {
  return {
    ...settings,
    onWritten,
    firstIndex: loaded.lastIndex + 1,
    firstSeq: loaded.lastSeq + 1,
    onFaultChange: (fault) =>
      settings.onStateChange(fault ? 'unavailable' : 'ready', reasonOf(fault), fault && asFailure(fault)),
  };
}

const ledgerOn = (journal: Journal): Ledger => ({
  admit: journal.admit,
  note: (record, time, durable) => journal.write(encodeRecord(record), time, durable),
  isDurable: journal.isDurable,
  flush: journal.flush,
});

/** One of ours already when the lock was lost. */
const asFailure = (fault: Error): Error =>
  fault instanceof BitlaneError ? fault : unavailable(fault, false);

const reasonOf = (fault: Error | undefined): string | undefined => fault && (codeOf(fault) || fault.message);

function assemble(
  settings: Settings,
  desk: Desk,
  journal: Journal,
  compactor: Compactor,
  lock: Lock,
  report: OpenReport,
): EmbeddedStore {
  compactor.look();
  const stopSweeping = repeat(
    settings.clock,
    settings.sweepMs,
    async () => {
      compactor.noteGone(await sweep(desk));
      compactor.look();
    },
    // A sweep that cannot be written down is made again by the next one.
    () => undefined,
  );
  const closing = new AbortController();
  const overview = createOverview(desk);

  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort();
    await stopSweeping();
    await compactor.stop();
    await journal.close().finally(() => lock.release());
  };

  return {
    ...createEntryOperations(desk),
    ...createQueueOperations(desk),
    ...overview,
    ...createLocalHolds(closing.signal),
    wakes: (options) => createLocalWakes(overview, options),
    report,
    compact: () => compactor.compact(),
    probe: () => journal.probe(),
    async rotateKey(newKey) {
      desk.keys?.use(newKey);
      const rotated = await resealAll(desk);
      await compactor.compact();
      return rotated;
    },
    async stats() {
      const fault = journal.fault();
      const state = closing.signal.aborted ? 'closed' : fault ? 'unavailable' : 'ready';
      const counts = await countAll(desk);
      return { backend: 'embedded', state, reason: reasonOf(fault), ...counts, journal: compactor.stats() };
    },
    flush: () => journal.flush(),
    letGoNow() {
      const isOnDisk = !journal.fault() && journal.unsyncedBytes() === 0;
      if (isOnDisk && !closing.signal.aborted) lock.releaseNow();
    },
    close,
    closed: closing.signal,
  };
}
