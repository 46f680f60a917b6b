import { startTimer, type Clock } from '../core/clock';
import { CancelledError, toError } from '../core/errors';
import { createBacklog } from './backlog';
import { unavailable } from './failures';
import type { StoreFiles } from './files';
import { longestBody, makeFrame } from './frame';
import { unusable } from './ledger';
import { createRoom } from './room';
import { startSegment } from './segment';
import { createTimings, type Timings } from './timings';

export interface JournalOptions {
  folder: string;
  files: StoreFiles;
  clock: Clock;
  monotonic: () => number;
  firstIndex: number;
  firstSeq: number;
  /** How long a change that nobody waits for may stay without a sync. */
  syncAfterMs: number;
  /** How often a broken disk is tried again. */
  probeMs: number;
  /** What may wait in memory for the disk. */
  maxUnsyncedBytes: number;
  onFaultChange(fault: Error | undefined): void;
  /** Bytes went to the disk. */
  onWritten(): void;
}

export interface Journal {
  admit: (durable: boolean) => Promise<void> | undefined;
  write(body: Buffer, time: number, durable: boolean): { seq: number; settled: Promise<void> };
  isDurable: (seq: number) => boolean;
  flush: () => Promise<void>;
  /** Goes on in a new segment; all before it is on disk then. Gives the last number before the new segment. */
  rotate(): Promise<{ seq: number; index: number }>;
  /** Tries a broken disk now. */
  probe(): Promise<void>;
  /** Never to be written again, for example when another process has taken the folder. */
  condemn: (failure: Error) => void;
  fault(): Error | undefined;
  /** Since the journal was opened. */
  writtenBytes(): number;
  unsyncedBytes(): number;
  syncs: Timings;
  close(): Promise<void>;
}

const atOnce = Promise.resolve();

/**
 * One writer. Whoever needs a change on disk waits for the sync that covers it; one sync is under way at a
 * time, and everything written meanwhile rides on the next. Frames stay in memory until they are synced: after
 * a failed write or sync nothing that the system says about them can be trusted, so they are written again,
 * into a new segment, whose name voids what the old one may hold of them.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { clock, monotonic, files, folder, maxUnsyncedBytes } = options;
  let segment = await startSegment(files, folder, options.firstIndex, options.firstSeq);
  let lastSeq = options.firstSeq - 1;
  let writtenSeq = lastSeq;
  let durableSeq = lastSeq;
  /** Up to here somebody wants a sync. */
  let wantedSeq = lastSeq;
  let nextIndex = options.firstIndex + 1;
  let writtenBytes = 0;
  let fault: Error | undefined;
  let isCondemned = false;
  let isClosed = false;
  let isPaused = false;
  let isTurnAwaited = false;
  let writing: Promise<void> | undefined;
  let syncing: Promise<void> | undefined;
  let probing: Promise<void> | undefined;
  let cancelLazySync: (() => void) | undefined;
  let cancelProbe: (() => void) | undefined;
  const backlog = createBacklog();
  const syncs = createTimings();
  const isFull = (): boolean => backlog.bytes() > maxUnsyncedBytes;
  const room = createRoom(isFull);

  const refusal = (cause: Error, sent: boolean): Error => (isCondemned ? cause : unavailable(cause, sent));

  const admit = (durable: boolean): Promise<void> | undefined => {
    if (isClosed) throw new CancelledError('the store is closed');
    if (!fault) return room.enter();
    // What is under way may end: it is kept in memory, and written when the disk is back.
    if (durable || isCondemned || isFull()) throw refusal(fault, false);
    return undefined;
  };

  const write = (body: Buffer, time: number, durable: boolean): { seq: number; settled: Promise<void> } => {
    if (isClosed) throw new CancelledError('the store is closed');
    if (body.length > longestBody) throw unusable('value');
    const frame = makeFrame((lastSeq += 1), time, body);
    backlog.add(frame);
    const settled = durable ? untilDurable(frame.seq) : atOnce;
    // What nobody waits for is to outlive a crash of this process right behind it.
    if (durable) {
      writeAfterTurn();
    } else {
      syncLater();
      startWriting();
    }
    return { seq: frame.seq, settled };
  };

  const untilDurable = (seq: number): Promise<void> => {
    if (seq <= durableSeq) return Promise.resolve();
    if (fault) return Promise.reject(refusal(fault, true));
    wantedSeq = Math.max(wantedSeq, seq);
    return backlog.wait(seq);
  };

  const syncLater = (): void => {
    cancelLazySync ??= startTimer(clock, options.syncAfterMs, () => {
      cancelLazySync = undefined;
      wantAll();
    });
  };

  const wantAll = (): void => {
    wantedSeq = lastSeq;
    startWriting();
    startSyncing();
  };

  /** Whoever waits for the disk waits for a sync: one write and one sync for all that came in this turn of the event loop. */
  const writeAfterTurn = (): void => {
    if (isTurnAwaited) return;
    isTurnAwaited = true;
    setImmediate(() => {
      isTurnAwaited = false;
      startWriting();
    });
  };

  const startWriting = (): void => {
    if (writing || fault || isPaused || writtenSeq === lastSeq) return;
    writing = writeAll()
      .catch(fail)
      .finally(() => {
        writing = undefined;
        startWriting();
        startSyncing();
      });
  };

  const writeAll = async (): Promise<void> => {
    // One step later, so that what is said in one go is written in one go.
    await Promise.resolve();
    while (writtenSeq < lastSeq && !fault && !isPaused) {
      await writeNext();
      options.onWritten();
      if (isFull()) wantedSeq = Math.max(wantedSeq, writtenSeq);
      startSyncing();
    }
  };

  const writeNext = async (): Promise<void> => {
    const frames = backlog.following(writtenSeq);
    writtenBytes += await segment.append(frames);
    writtenSeq += frames.length;
  };

  const startSyncing = (): void => {
    const isDue = wantedSeq > durableSeq && writtenSeq > durableSeq;
    if (syncing || fault || isPaused || !isDue) return;
    syncing = syncOnce()
      .catch(fail)
      .finally(() => {
        syncing = undefined;
        startSyncing();
      });
  };

  const syncOnce = async (): Promise<void> => {
    const upTo = writtenSeq;
    const start = monotonic();
    await segment.sync();
    syncs.add(monotonic() - start);
    durableSeq = upTo;
    backlog.settle(upTo);
    room.leave();
  };

  const fail = (thrown: unknown): void => {
    if (fault) return;
    fault = toError(thrown);
    backlog.disappoint(refusal(fault, true));
    room.open();
    probeLater();
    options.onFaultChange(fault);
  };

  const probeLater = (): void => {
    if (isClosed || isCondemned) return;
    cancelProbe = startTimer(clock, options.probeMs, () => {
      probe().catch(() => undefined);
    });
  };

  const probe = async (): Promise<void> => {
    if (!fault || isCondemned || isClosed) return;
    cancelProbe?.();
    probing ??= recover()
      .catch((thrown: unknown) => {
        if (!isCondemned) fault = toError(thrown);
        probeLater();
      })
      .finally(() => (probing = undefined));
    await probing;
  };

  /** Writes all that is not durable into a new segment. */
  const recover = async (): Promise<void> => {
    await Promise.all([writing, syncing]);
    await segment.close();
    segment = await startSegment(files, folder, nextIndex++, durableSeq + 1);
    writtenSeq = durableSeq;
    while (writtenSeq < lastSeq) await writeNext();
    await syncOnce();
    if (isCondemned) return;
    fault = undefined;
    options.onFaultChange(undefined);
    wantAll();
  };

  const rotate = async (): Promise<{ seq: number; index: number }> => {
    await flush();
    isPaused = true;
    try {
      await Promise.all([writing, syncing]);
      if (!fault && durableSeq < writtenSeq) await syncOnce().catch(fail);
      if (fault) throw refusal(fault, false);
      const next = await startSegment(files, folder, nextIndex++, durableSeq + 1);
      await segment.close();
      segment = next;
      return { seq: durableSeq, index: next.index };
    } finally {
      isPaused = false;
      startWriting();
      startSyncing();
    }
  };

  const flush = (): Promise<void> => {
    const settled = untilDurable(lastSeq);
    if (!fault) wantAll();
    return settled;
  };

  const close = async (): Promise<void> => {
    if (isClosed) return;
    await probe();
    const flushed = flush().then(
      () => undefined,
      (failure: unknown) => toError(failure),
    );
    isClosed = true;
    cancelLazySync?.();
    cancelProbe?.();
    const failure = await flushed;
    await Promise.all([writing, syncing, probing]);
    await segment.close();
    if (failure) throw failure;
  };

  const condemn = (failure: Error): void => {
    isCondemned = true;
    cancelProbe?.();
    if (fault) fault = failure;
    else fail(failure);
  };

  return {
    admit,
    write,
    isDurable: (seq) => seq <= durableSeq,
    flush,
    rotate,
    probe,
    condemn,
    fault: () => fault,
    writtenBytes: () => writtenBytes,
    unsyncedBytes: () => backlog.bytes(),
    syncs,
    close,
  };
}
