import { join } from 'node:path';
import { quietly } from './segment';
import {
  fileMark,
  isLeftover,
  parseSegmentName,
  parseSnapshotName,
  type SegmentName,
  type SnapshotName,
} from './file-names';
import type { StoreFiles } from './files';
import { findFrames, type Frame } from './frame';
import { nextTurn } from './ledger';
import { decodeRecord } from './record-decode';
import { applyRecord, createState, type StoreState } from './state';

/** What reading the folder found out. */
export interface Loaded {
  state: StoreState;
  lastSeq: number;
  /** The last time that the journal knows. */
  lastTime: number;
  lastIndex: number;
  records: number;
  snapshotBytes: number;
  journalBytes: number;
  segments: number;
  /** Half-written ends, as a crash leaves them. */
  cutBytes: number;
  cutRecords: number;
  /** Damage in the middle: a bad disk. */
  damagedBytes: number;
  damagedRecords: number;
  /** Files with our names and somebody else's content, set aside as `<name>.foreign`. */
  foreignFiles: string[];
}

const sliceMs = 5;

export async function loadFolder(
  files: StoreFiles,
  folder: string,
  monotonic: () => number,
): Promise<Loaded> {
  const names = await files.list(folder);
  for (const name of names.filter(isLeftover)) await quietly(files.remove(join(folder, name)));
  const snapshots = names.flatMap((name) => parseSnapshotName(name) ?? []).sort((a, b) => b.seq - a.seq);
  const segments = names.flatMap((name) => parseSegmentName(name) ?? []).sort((a, b) => a.index - b.index);
  const reader = createReader(files, folder, monotonic);
  for (const [age, snapshot] of snapshots.entries()) {
    if (age === 0) await reader.readSnapshot(snapshot);
    else await quietly(files.remove(join(folder, snapshot.name)));
  }
  for (const [place, segment] of segments.entries()) {
    const voidFrom = segments
      .slice(place + 1)
      .reduce((least, { firstSeq }) => Math.min(least, firstSeq), Infinity);
    await reader.readSegment(segment, voidFrom);
  }
  return reader.loaded;
}

interface Reader {
  loaded: Loaded;
  readSnapshot(snapshot: SnapshotName): Promise<void>;
  readSegment(segment: SegmentName, voidFrom: number): Promise<void>;
}

function createReader(files: StoreFiles, folder: string, monotonic: () => number): Reader {
  const loaded: Loaded = {
    state: createState(),
    ...{ lastSeq: 0, lastTime: 0, lastIndex: 0, records: 0, snapshotBytes: 0, journalBytes: 0, segments: 0 },
    ...{ cutBytes: 0, cutRecords: 0, damagedBytes: 0, damagedRecords: 0, foreignFiles: [] },
  };
  const known = new Set<string>();

  const apply = (frame: Frame): void => {
    loaded.lastTime = Math.max(loaded.lastTime, frame.time);
    const record = decodeRecord(frame.body);
    if (!record) {
      loaded.damagedRecords += 1;
      return;
    }
    loaded.records += 1;
    // Numbers only matter for what is not durable, and all of this is.
    applyRecord(loaded.state, record, { seq: 0, time: frame.time }, known);
  };

  /** Gives the length up to which the file is good, or undefined when it is not ours. */
  const read = async (
    name: string,
    salt: number,
    take: (frame: Frame) => void,
  ): Promise<{ size: number; cutAt: number | undefined } | undefined> => {
    const bytes = await files.read(join(folder, name));
    const hasMark = bytes.subarray(0, fileMark.length).equals(fileMark);
    let cutAt: number | undefined;
    let frames = 0;
    let sliceStart = monotonic();
    for (const found of findFrames(bytes, salt, Math.min(fileMark.length, bytes.length))) {
      if (found.kind === 'frame') {
        frames += 1;
        take(found.frame);
      } else if (found.end === bytes.length) {
        cutAt = found.start;
        loaded.cutBytes += found.end - found.start;
        loaded.cutRecords += found.records;
      } else {
        loaded.damagedBytes += found.end - found.start;
        loaded.damagedRecords += found.records;
      }
      if (monotonic() - sliceStart < sliceMs) continue;
      await nextTurn();
      sliceStart = monotonic();
    }
    const isOurs = hasMark || frames > 0 || fileMark.subarray(0, bytes.length).equals(bytes);
    if (isOurs) return { size: bytes.length, cutAt };
    if (cutAt !== undefined) {
      loaded.cutBytes -= bytes.length - cutAt;
      loaded.cutRecords -= 1;
    }
    return undefined;
  };

  const setAside = async (name: string): Promise<void> => {
    loaded.foreignFiles.push(name);
    await quietly(files.rename(join(folder, name), join(folder, `${name}.foreign`)));
  };

  return {
    loaded,
    async readSnapshot(snapshot) {
      const found = await read(snapshot.name, snapshot.salt, apply);
      if (!found) return setAside(snapshot.name);
      // It was complete when it got its name, so a bad end is no torn write.
      loaded.damagedBytes += loaded.cutBytes;
      loaded.damagedRecords += loaded.cutRecords;
      loaded.cutBytes = 0;
      loaded.cutRecords = 0;
      loaded.lastSeq = snapshot.seq;
      loaded.snapshotBytes = found.size;
    },
    async readSegment(segment, voidFrom) {
      loaded.lastIndex = Math.max(loaded.lastIndex, segment.index);
      const found = await read(segment.name, segment.salt, (frame) => {
        if (frame.seq >= voidFrom || frame.seq <= loaded.lastSeq) return;
        loaded.lastSeq = frame.seq;
        apply(frame);
      });
      if (!found) return setAside(segment.name);
      loaded.journalBytes += found.size;
      loaded.segments += 1;
      // Cut once, said once.
      if (found.cutAt !== undefined) await quietly(files.truncate(join(folder, segment.name), found.cutAt));
    },
  };
}
