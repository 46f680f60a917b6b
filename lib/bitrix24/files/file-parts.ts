import { basename, isAbsolute } from 'node:path';
import { InvalidError } from '../../core/errors';
import { at, textAt } from '../../core/fields';
import type { FilePart } from '../../core/parts';
import { extensionOfBytes } from './media-type';

export interface FilePartsOptions {
  /** For the one file there is; of several each has its own. */
  name: string | undefined;
  /** What the person has written: it may look like a path, and must never be one. */
  saidText: string | undefined;
}

/** What a flow wants to send as files: bytes, a path, an address, or objects with one of these, or a list of such. */
export function filePartsOf(given: unknown, { name, saidText }: FilePartsOptions): FilePart[] {
  const entries: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (entries.length === 0) throw unusable('there is no file to send');
  const isOnly = entries.length === 1;
  return entries.map((entry) => {
    if (typeof entry === 'string' && saidText !== undefined && entry.trim() === saidText.trim()) {
      throw unusable('what the person has written is no file');
    }
    const part = partOf(entry);
    return isOnly && name !== undefined ? { ...part, name } : part;
  });
}

function partOf(entry: unknown): FilePart {
  if (typeof entry === 'string') return partAt(entry.trim());
  const bytes = bytesOf(entry);
  if (bytes) return partOfBytes(bytes);
  const data = at(entry, 'data');
  const place = textAt(entry, 'path') ?? textAt(entry, 'url');
  const content = typeof data === 'string' ? Buffer.from(data) : bytesOf(data);
  const part = content ? partOfBytes(content) : place === undefined ? undefined : partAt(place);
  if (!part) throw unusable('a file is bytes, a path, an address, or an object with data, path or url');
  const name = textAt(entry, 'name');
  return name === undefined ? part : { ...part, name };
}

function partAt(place: string): FilePart {
  if (/^https?:\/\//i.test(place)) return { type: 'file', name: nameInAddress(place), url: place };
  if (isAbsolute(place)) return { type: 'file', name: basename(place), path: place };
  throw unusable('the path of a file must begin at the root, and an address with https');
}

function partOfBytes(data: Buffer): FilePart {
  const extension = extensionOfBytes(data);
  return { type: 'file', name: extension === undefined ? 'file' : `file.${extension}`, data };
}

function bytesOf(value: unknown): Buffer | undefined {
  if (Buffer.isBuffer(value)) return value;
  return value instanceof Uint8Array ? Buffer.from(value) : undefined;
}

function nameInAddress(address: string): string {
  try {
    return decodeURIComponent(basename(new URL(address).pathname)) || 'file';
  } catch {
    return 'file';
  }
}

function unusable(message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what: 'msg.payload' } });
}
