import type { Readable } from 'node:stream';
import { textAt } from '../core/fields';
import { BitlaneError, CancelledError, RefusedError } from '../core/errors';
import type { DifyApi } from './api';
import { typeOfFile } from './file-rules';
import { multipartForm, tooLarge, unreadable } from './multipart';
import { unusableAnswer } from './outage';

/** A file that can be read. Nothing is opened before it is known to be wanted. */
export interface FileSource {
  readonly name: string;
  readonly mime?: string | undefined;
  readonly size?: number | undefined;
  open(): Promise<Readable>;
}

export interface UploadOptions {
  readonly user: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Uploads {
  /** Gives the id by which a run of the same user may name the file. */
  uploadFile(file: FileSource, options: UploadOptions & { mostBytes?: number }): Promise<string>;
  audioToText(file: FileSource, options: UploadOptions): Promise<string>;
}

const largestVoice = 30 * 1024 * 1024;

export function createUploads(api: DifyApi): Uploads {
  async function send(path: string, file: FileSource, mostBytes: number, options: UploadOptions) {
    if ((file.size ?? 0) > mostBytes) throw tooLarge(mostBytes);
    const { user, signal } = options;
    const content = await opened(file);
    // Dify refuses a part without a type.
    const part = { name: plainName(file.name), mime: mimeOf(file), content, mostBytes };
    const upload = multipartForm(part, { user });
    return (await api.ask({ method: 'POST', path, upload, signal })).json;
  }

  return {
    async uploadFile(file, options) {
      const json = await send('files/upload', file, options.mostBytes ?? Infinity, options);
      const id = textAt(json, 'id');
      if (id === undefined) throw unusableAnswer('files/upload', 'the answer names no file');
      return id;
    },
    async audioToText(file, options) {
      const json = await send('audio-to-text', file, largestVoice, options);
      return textAt(json, 'text') ?? '';
    },
  };
}

export type SkipReason = 'off' | 'type' | 'size' | 'count' | 'unreadable' | 'refused';

/** What is the file's own fault costs the file; everything else is thrown on. */
export function skipReasonOf(error: unknown): SkipReason {
  if (!isAboutFile(error)) throw error;
  const reason = String(error.params['reason'] ?? '');
  if (/too_large|HTTP 413/.test(reason)) return 'size';
  if (/unsupported|HTTP 415/.test(reason)) return 'type';
  return reason === 'unreadable' ? 'unreadable' : 'refused';
}

function isAboutFile(error: unknown): error is BitlaneError {
  if (!(error instanceof BitlaneError) || error instanceof CancelledError) return false;
  if (error.code === 'DIFY_FILE') return true;
  return error instanceof RefusedError && error.status === 400 && error.code === 'DIFY_REFUSED';
}

async function opened(file: FileSource): Promise<Readable> {
  try {
    return await file.open();
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    throw unreadable(error);
  }
}

/** Dify refuses names with a folder in them. */
function plainName(name: string): string {
  const clean = name.replace(/^.*[/\\]/s, '').trim();
  return clean === '' ? 'file' : Array.from(clean).slice(-150).join('');
}

const fallbackMimes = { image: 'image/png', audio: 'audio/mpeg', video: 'video/mp4' } as const;

function mimeOf({ name, mime }: FileSource): string {
  const given = (mime ?? '').split(';')[0]?.trim() ?? '';
  if (/^[\w.+-]+\/[\w.+-]+$/.test(given)) return given;
  const type = typeOfFile(name, undefined);
  return type === 'document' || type === 'custom' ? 'application/octet-stream' : fallbackMimes[type];
}
