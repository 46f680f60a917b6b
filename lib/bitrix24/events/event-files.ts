import { at, entriesAt, idAt, textAt } from '../../core/fields';
import type { EventFile } from './event';

const DISK_TOKEN = /\[disk(?: file id)?=(\d{1,15})\]/gi;

/**
 * Files are not in the documentation of bot events; these are the places where working integrations find them.
 * `described` holds entries with a name and a size, `listed` bare ids.
 */
export function readFiles(described: unknown[], listed: unknown[], text: string): EventFile[] {
  const files = new Map<number, EventFile>();
  for (const entry of described) {
    const id = idAt(entry, 'id') ?? idAt(entry, 'ID');
    if (id !== undefined) files.set(id, describe(entry, id));
  }
  const tokens = [...text.matchAll(DISK_TOKEN)].map((match) => match[1]);
  for (const value of [...listed, ...tokens]) {
    const id = idAt({ value }, 'value');
    if (id !== undefined && id > 0 && !files.has(id)) files.set(id, { id });
  }
  return [...files.values()];
}

export function filesUnder(source: unknown): { described: unknown[]; listed: unknown[] } {
  return {
    described: [...entriesAt(source, 'FILES'), ...entriesAt(at(source, 'PARAMS'), 'FILES')],
    listed: [...entriesAt(source, 'FILE_ID'), ...entriesAt(at(source, 'PARAMS'), 'FILE_ID')],
  };
}

function describe(entry: unknown, id: number): EventFile {
  const file: EventFile = { id };
  const name = textAt(entry, 'name');
  const type = textAt(entry, 'type');
  const size = idAt(entry, 'size');
  const extension = textAt(entry, 'extension');
  if (name !== undefined) file.name = name;
  if (type !== undefined) file.type = type;
  if (size !== undefined) file.size = size;
  if (extension !== undefined) file.extension = extension;
  return file;
}
