import type { Readable } from 'node:stream';
import { CancelledError, InvalidError, RefusedError } from '../../core/errors';
import type { EventFile } from '../events/event';
import { LARGEST_FILE_BYTES } from './file-http';
import { askDrive, askForLink, receive, type FileAccess, type ReceivedFile } from './portal-file';

export interface OpenedFile {
  readonly name: string;
  /** The media type. */
  readonly type: string;
  readonly size?: number;
  /** To be read to its end or destroyed. Fails when it turns out to be longer than allowed. */
  readonly body: Readable;
}

export interface OpenOptions extends FileAccess {
  readonly maxBytes?: number | undefined;
}

/** The bytes of a file that somebody sent to the bot. */
export async function openFile(
  file: Pick<EventFile, 'id' | 'name'>,
  options: OpenOptions,
): Promise<OpenedFile> {
  const { maxBytes = LARGEST_FILE_BYTES } = options;
  const { name, mime, size, body } = await fetchFile(file.id, options, maxBytes);
  if (size !== undefined && size > maxBytes) {
    body.destroy();
    throw tooLarge(maxBytes);
  }
  return {
    name: name ?? file.name ?? `file-${file.id}`,
    type: mime ?? 'application/octet-stream',
    ...(size !== undefined && { size }),
    body,
  };
}

/** By a link for the bot, by a fresh one when that is no good any more, and at last by what the drive gives. */
async function fetchFile(fileId: number, access: FileAccess, maxBytes: number): Promise<ReceivedFile> {
  try {
    const link = await askForLink(fileId, access);
    return await receive(link, access, maxBytes).catch(async (error: unknown) => {
      if (!(error instanceof RefusedError)) throw error;
      return receive(await askForLink(fileId, access), access, maxBytes);
    });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return fetchFromDrive(fileId, access, maxBytes).catch((ofDrive: unknown) => {
      throw ofDrive instanceof CancelledError ? ofDrive : error;
    });
  }
}

async function fetchFromDrive(fileId: number, access: FileAccess, maxBytes: number): Promise<ReceivedFile> {
  const { link, name } = await askDrive(fileId, access);
  if (link === undefined) throw new Error('the drive gives no link');
  const received = await receive(link, access, maxBytes);
  return { ...received, name: received.name ?? name };
}

export function tooLarge(maxBytes: number): InvalidError {
  const megabytes = Number((maxBytes / (1024 * 1024)).toPrecision(3));
  return new InvalidError('INPUT_INVALID', `the file is larger than ${megabytes} MB`, {
    params: { what: 'msg.bitrix.files' },
  });
}
