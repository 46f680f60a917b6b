import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidError } from '../../core/errors';
import type { HttpClient } from '../../core/http';
import type { FilePart } from '../../core/parts';

export interface FileSource {
  /** The whole file as the portal wants it. */
  read(file: FilePart, signal: AbortSignal): Promise<{ name: string; base64: string }>;
}

/** The portal takes 100 MB; whether it counts the bytes or their base64 form is not said, so the latter stays below. */
const LARGEST_BYTES = 75 * 1024 * 1024;
export const FILE_HTTP_LIMITS = { timeoutMs: 60_000, maxResponseBytes: LARGEST_BYTES };

/** `http` must be a client that trusts no address it is given: a bot builder named it. */
export function createFileSource(http: HttpClient): FileSource {
  return {
    async read(file, signal) {
      const bytes = await bytesOf(file, http, signal);
      if (bytes.length === 0) throw unusable('the file is empty');
      return { name: safeName(file.name), base64: bytes.toString('base64') };
    },
  };
}

async function bytesOf(file: FilePart, http: HttpClient, signal: AbortSignal): Promise<Buffer> {
  if (file.data) return capped(file.data);
  if (file.path !== undefined) return readPath(file.path);
  if (file.url !== undefined) return download(file.url, http, signal);
  throw unusable('a file needs data, a path or an address');
}

async function readPath(path: string): Promise<Buffer> {
  const handle = await open(path, 'r').catch(() => {
    throw unusable('the file cannot be read');
  });
  try {
    const { size } = await handle.stat();
    if (size > LARGEST_BYTES) throw tooLarge();
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function download(address: string, http: HttpClient, signal: AbortSignal): Promise<Buffer> {
  if (!URL.canParse(address)) throw unusable('the address of the file cannot be read');
  const { status, body } = await http.stream({
    method: 'GET',
    url: new URL(address),
    signal,
    maxResponseBytes: LARGEST_BYTES,
  });
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array));
  if (status !== 200) throw unusable(`the file's address answered with status ${status}`);
  return Buffer.concat(chunks);
}

function capped(bytes: Buffer): Buffer {
  if (bytes.length > LARGEST_BYTES) throw tooLarge();
  return bytes;
}

/** What a builder or a person called it; no folders, no control characters, nothing that turns the text around. */
export function safeName(name: string): string {
  const clean = basename(name.normalize('NFC').replaceAll('\\', '/'))
    .replace(/[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069<>:"|?*]/g, '')
    .replace(/^\.+/, '')
    .trim();
  const [, stem = '', extension = ''] = /^(.*?)(\.[^.]{1,16})?$/.exec(clean) ?? [];
  return stem === '' ? `file${extension}` : stem.slice(0, 120) + extension;
}

function unusable(message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what: 'msg.parts' } });
}

function tooLarge(): InvalidError {
  return unusable('the file is larger than 75 MB');
}
