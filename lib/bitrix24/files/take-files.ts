import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { UnreachableError } from '../../core/errors';
import { extensionOf } from './file-name';
import { mediaTypeOf } from './media-type';
import { openFile, tooLarge } from './open-file';
import { peek } from './peek';
import type { FileAccess } from './portal-file';
import { writeTempFile } from './temp-file';
import type { WantedFile } from './wanted-files';

export const waysToTake = ['buffer', 'file', 'stream'] as const;
export type WayToTake = (typeof waysToTake)[number];

/** As a flow gets it: one of `data`, `path` and `stream` is the content. */
export interface FileCard {
  id: number;
  name: string;
  /** The media type. */
  type: string;
  /** Of a stream it is not always told. */
  size?: number;
  data?: Buffer;
  path?: string;
  stream?: Readable;
}

export interface TakenFile {
  readonly card: FileCard;
  readonly content: Buffer | string | Readable;
  /** Gives back what it holds besides memory. */
  readonly drop: () => Promise<void>;
}

export interface TakeOptions extends FileAccess {
  readonly signal: AbortSignal;
  /** For all files together: what they hold, they hold at the same time. */
  readonly maxBytes: number;
}

/** One after the other; all of them or none. */
export async function takeFiles(
  files: readonly WantedFile[],
  way: WayToTake,
  options: TakeOptions,
): Promise<TakenFile[]> {
  const taken: TakenFile[] = [];
  let left = options.maxBytes;
  try {
    for (const file of files) {
      const one = await takeFile(file, way, left, options);
      left -= one.card.size ?? 0;
      taken.push(one);
    }
    return taken;
  } catch (error) {
    await Promise.all(taken.map(({ drop }) => drop()));
    throw error;
  }
}

async function takeFile(
  file: WantedFile,
  way: WayToTake,
  left: number,
  options: TakeOptions,
): Promise<TakenFile> {
  const opened = await openFile(file, options);
  const { name, size, body } = opened;
  try {
    if ((size ?? 0) > left) throw tooLarge(options.maxBytes);
    const start = await peek(body);
    const type = mediaTypeOf(opened.type, name, start);
    const card = { id: file.id, name, type, ...(size !== undefined && { size }) };
    // One that is looked into and empty tells nobody any more that it has ended.
    const content = start.length > 0 ? body : Readable.from([], { objectMode: false });
    return await taking[way](card, content, { left, ...options });
  } catch (error) {
    body.destroy();
    const isTooLarge = error instanceof UnreachableError && error.params['reason'] === 'TOO_LARGE';
    throw isTooLarge ? tooLarge(options.maxBytes) : error;
  }
}

type Taking = (card: FileCard, body: Readable, options: TakeOptions & { left: number }) => Promise<TakenFile>;

const taking: Readonly<Record<WayToTake, Taking>> = {
  async buffer(card, body, options) {
    const data = await buffer(within(body, options));
    return { card: { ...card, size: data.length, data }, content: data, drop: async () => undefined };
  },
  async file(card, body, options) {
    const { signal } = options;
    const written = await writeTempFile(within(body, options), signal, extensionOf(card.name));
    const { path, size, remove } = written;
    return { card: { ...card, size, path }, content: path, drop: remove };
  },
  async stream(card, body) {
    // Node-RED would make a copy for each further wire, and no copy of a stream ever gets a byte.
    const stream = Object.defineProperty(body, Symbol.toStringTag, { value: 'Stream' });
    return { card: { ...card, stream }, content: stream, drop: async () => void stream.destroy() };
  },
};

async function* within(
  body: Readable,
  { left, maxBytes }: { left: number; maxBytes: number },
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of body) {
    if (!Buffer.isBuffer(piece)) continue;
    bytes += piece.length;
    if (bytes > left) throw tooLarge(maxBytes);
    yield piece;
  }
}
