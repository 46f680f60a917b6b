import { join } from 'node:path';
import type { StoreFile, StoreFiles } from './files';
import { fileMark, newSnapshotName } from './file-names';
import { frameLength, joinFrames, makeFrame, type Frame } from './frame';
import { nextTurn } from './ledger';
import { encodeRecord, type SeenId, type StoreRecord } from './record';
import { quietly } from './segment';
import { isOver, type StoreState } from './state';

export interface SnapshotJob {
  folder: string;
  files: StoreFiles;
  state: StoreState;
  /** All changes up to here are in the state. */
  seq: number;
  now(): number;
  monotonic(): number;
  /** Makes durable what happened while the snapshot was taken, because the snapshot may hold part of it. */
  flush(): Promise<void>;
}

export interface SnapshotReport {
  name: string;
  bytes: number;
  entries: number;
  longestSliceMs: number;
}

const sliceMs = 2;
const bytesPerWrite = 256 * 1024;
const seenPerRecord = 200;

/**
 * Written beside the journal and in small steps, while the state goes on changing: the records behind `seq`
 * are applied on top when it is read, and each says what is, so it does no harm that the snapshot may hold
 * what they say already.
 */
export async function writeSnapshot(job: SnapshotJob): Promise<SnapshotReport> {
  const { name, salt } = newSnapshotName(job.seq);
  const temporary = join(job.folder, `${name}.tmp`);
  const file = await job.files.create(temporary);
  try {
    const written = await writeRecords(job, file, salt);
    await file.sync();
    await file.close();
    await job.flush();
    await job.files.rename(temporary, join(job.folder, name));
    await job.files.syncFolder(job.folder);
    return { ...written, name };
  } catch (fault) {
    await quietly(file.close());
    await quietly(job.files.remove(temporary));
    throw fault;
  }
}

async function writeRecords(
  job: SnapshotJob,
  file: StoreFile,
  salt: number,
): Promise<Omit<SnapshotReport, 'name'>> {
  const total = { bytes: fileMark.length, entries: 0, longestSliceMs: 0 };
  let frames: Frame[] = [];
  let size = 0;
  await file.append(fileMark);

  const writeOut = async (): Promise<void> => {
    if (frames.length === 0) return;
    const bytes = joinFrames(frames, salt);
    frames = [];
    size = 0;
    await file.append(bytes);
    total.bytes += bytes.length;
  };

  let sliceStart = job.monotonic();
  const endSlice = async (step: () => Promise<void>): Promise<void> => {
    total.longestSliceMs = Math.max(total.longestSliceMs, job.monotonic() - sliceStart);
    await step();
    sliceStart = job.monotonic();
  };

  for (const record of recordsOf(job.state, job.now())) {
    const frame = makeFrame(job.seq, job.now(), encodeRecord(record));
    frames.push(frame);
    size += frameLength(frame);
    total.entries += 1;
    if (size >= bytesPerWrite) await endSlice(writeOut);
    else if (job.monotonic() - sliceStart >= sliceMs) await endSlice(nextTurn);
  }
  await endSlice(writeOut);
  return total;
}

function* recordsOf(state: StoreState, now: number): Generator<StoreRecord> {
  yield { op: 'tick' };
  for (const [key, { payload, expiresAt }] of limited(state.entries)) {
    if (!isOver(expiresAt, now)) yield { op: 'set', key, payload, expiresAt };
  }
  yield* seenRecords(state, now);
  for (const [queue, { items, dead }] of limited(state.queues)) {
    for (const { payload, ...item } of [...items]) yield { op: 'item', queue, item, payload };
    for (const { payload, buriedAt, expiresAt, ...item } of [...dead.values()]) {
      if (!isOver(expiresAt, now)) yield { op: 'dead', queue, item, buriedAt, expiresAt, payload };
    }
  }
}

function* seenRecords(state: StoreState, now: number): Generator<StoreRecord> {
  let ids: SeenId[] = [];
  for (const [id, expiresAt] of limited(state.seen)) {
    if (isOver(expiresAt, now)) continue;
    ids.push([id, expiresAt]);
    if (ids.length < seenPerRecord) continue;
    yield { op: 'seen', ids };
    ids = [];
  }
  if (ids.length > 0) yield { op: 'seen', ids };
}

/** No more than there were at the beginning: a map that grows while we go through it would never end. */
function* limited<K, V>(map: Map<K, V>): Generator<[K, V]> {
  let left = map.size;
  for (const each of map) {
    if ((left -= 1) < 0) return;
    yield each;
  }
}
