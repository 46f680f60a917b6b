import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { InvalidError } from '../core/errors';
import { unavailable } from './failures';
import { codeOf, type StoreFiles } from './files';
import { isKey } from './key-ring';
import { quietly } from './segment';

/** What a folder is opened with. */
export interface StoreKeys {
  current: string;
  /** Still needed for what was sealed with them. */
  previous: readonly string[];
}

/** The keys of a folder, one a line, the current one first. Only the holder of the folder's lock may use it. */
export interface KeyFile {
  /** Nothing when there is no such file. */
  read(): Promise<string[]>;
  /** After it, the file holds the old lines or the new ones, whatever happens. */
  write(keys: readonly string[]): Promise<void>;
}

export const newKey = (): string => randomBytes(32).toString('base64');

/** It lies beside the folder and not in it, so that a copy of the folder alone is unreadable. */
export function keyFileBeside(folder: string, files: StoreFiles): KeyFile {
  const path = `${folder}.key`;
  const aside = `${path}.tmp`;

  const replace = async (text: string): Promise<void> => {
    await files.remove(aside);
    const file = await files.create(aside);
    try {
      await file.append(Buffer.from(text));
      await file.sync();
    } finally {
      await quietly(file.close());
    }
    await files.rename(aside, path);
    await files.syncFolder(dirname(path));
  };

  return {
    async read() {
      const text = await files.read(path).catch((fault: unknown) => {
        if (codeOf(fault) === 'ENOENT') return '';
        throw unavailable(fault, false);
      });
      const lines = text.toString().split('\n');
      return lines
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .map((line) => asKey(line, path));
    },
    write: (keys) =>
      replace(`${keys.join('\n')}\n`).catch((fault: unknown) => {
        throw unavailable(fault, false);
      }),
  };
}

/** Not passed over: it may be a key that was damaged by hand, and whoever did it can still put it right. */
function asKey(line: string, path: string): string {
  if (isKey(line)) return line;
  throw new InvalidError('CONFIG_INVALID', `${basename(path)} has a line that is no key`, {
    params: {
      property: 'encryptionKey',
      expected: `32 bytes, base64 (${basename(path)})`,
      why: 'keyFile',
      file: basename(path),
    },
  });
}

/** The keys to open a folder with; a key that is new is on disk before anything is sealed with it. */
export async function settleKeys(file: KeyFile, wanted: string | undefined): Promise<StoreKeys> {
  const known = await file.read();
  const current = wanted ?? known[0] ?? newKey();
  const previous = known.filter((key) => key !== current);
  if (known[0] !== current) await file.write([current, ...previous]);
  return { current, previous };
}
