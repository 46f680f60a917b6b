import { join } from 'node:path';
import type { StoreFile, StoreFiles } from './files';
import { fileMark, newSegmentName } from './file-names';
import { joinFrames, type Frame } from './frame';

/** One file of the journal, being written. */
export interface Segment {
  index: number;
  /** Gives the number of bytes that went to the file. */
  append(frames: readonly Frame[]): Promise<number>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export async function startSegment(
  files: StoreFiles,
  folder: string,
  index: number,
  firstSeq: number,
): Promise<Segment> {
  const { name, salt } = newSegmentName(index, firstSeq);
  const path = join(folder, name);
  const file = await files.create(path);
  try {
    await file.append(fileMark);
    await files.syncFolder(folder);
  } catch (fault) {
    await quietly(file.close());
    await quietly(files.remove(path));
    throw fault;
  }
  return segmentOn(file, index, salt);
}

function segmentOn(file: StoreFile, index: number, salt: number): Segment {
  return {
    index,
    async append(frames) {
      const bytes = joinFrames(frames, salt);
      await file.append(bytes);
      return bytes.length;
    },
    sync: () => file.sync(),
    // A broken disk refuses this as well, and nothing hangs on it.
    close: () => quietly(file.close()),
  };
}

export const quietly = (step: Promise<unknown>): Promise<void> =>
  step.then(
    () => undefined,
    () => undefined,
  );
