import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { InvalidError, toError } from '../../core/errors';
import type { CallParams } from './portal';

/** Bytes that can be read from the start again: a request that certainly was not carried out is made once more. */
export interface ByteSource {
  readonly size: number;
  readonly open: (signal: AbortSignal) => Promise<Readable>;
}

/** Stands among the parameters of a call for the base64 text of a source. */
export type FileContent = object;

const sources = new WeakMap<FileContent, ByteSource>();

/** A value for the parameters of `call` or `send`. It is read piece by piece, when the request is under way. */
export function base64Of(source: ByteSource): FileContent {
  const content = {};
  sources.set(content, source);
  return content;
}

export function isFileContent(value: unknown): value is FileContent {
  return typeof value === 'object' && value !== null && sources.has(value);
}

export interface RequestBody {
  readonly body: string | Readable;
  /** Told only of a streamed body: a text counts itself. */
  readonly length?: number;
  /** What a source failed with while it was read. */
  readonly failure: () => Error | undefined;
  /** The start of each file's text, as far as it was sent: the portal could repeat it. */
  readonly sentTexts: () => readonly string[];
}

/** The parameters as JSON: at once, or piece by piece when there are files among them. */
export function jsonBody(params: CallParams, signal: AbortSignal): RequestBody {
  const pieces = piecesOf(params);
  const [only, ...others] = pieces;
  if (typeof only === 'string' && others.length === 0) {
    return { body: only, failure: () => undefined, sentTexts: () => [] };
  }
  let failed: Error | undefined;
  const heads: string[] = [];

  async function* written(): AsyncGenerator<Buffer> {
    try {
      for (const piece of pieces) {
        if (typeof piece === 'string') yield Buffer.from(piece);
        else yield* base64Pieces(piece, signal, heads);
      }
    } catch (error) {
      failed = toError(error);
      throw failed;
    }
  }

  return {
    body: Readable.from(written(), { objectMode: false }),
    length: pieces.reduce((sum, piece) => sum + lengthOf(piece), 0),
    failure: () => failed,
    sentTexts: () => heads,
  };
}

type Piece = string | ByteSource;

/** A mark that nobody can guess takes the place of each file, and the text is cut there. */
function piecesOf(params: CallParams): Piece[] {
  const marked = new Map<string, ByteSource>();
  const text = JSON.stringify(params, (_key, value: unknown) => {
    const source = isFileContent(value) ? sources.get(value) : undefined;
    if (!source) return value;
    const mark = randomUUID();
    marked.set(mark, source);
    return mark;
  });
  const pieces: Piece[] = [];
  let copiedTo = 0;
  for (const [mark, source] of marked) {
    const place = text.indexOf(mark, copiedTo);
    pieces.push(text.slice(copiedTo, place), source);
    copiedTo = place + mark.length;
  }
  return [...pieces, text.slice(copiedTo)];
}

function lengthOf(piece: Piece): number {
  return typeof piece === 'string' ? Buffer.byteLength(piece) : 4 * Math.ceil(piece.size / 3);
}

const longestHead = 20_000;

async function* base64Pieces(
  source: ByteSource,
  signal: AbortSignal,
  heads: string[],
): AsyncGenerator<Buffer> {
  const stream = await source.open(signal);
  const place = heads.push('') - 1;
  const encoded = (bytes: Buffer): Buffer => {
    const text = bytes.toString('base64');
    const head = heads[place] ?? '';
    if (head.length < longestHead) heads[place] = (head + text).slice(0, longestHead);
    return Buffer.from(text, 'latin1');
  };
  // Three bytes become four characters; what is left of a piece waits for the next.
  let left: Buffer = Buffer.alloc(0);
  let size = 0;
  try {
    for await (const piece of stream) {
      const added = asBytes(piece);
      size += added.length;
      if (size > source.size) throw sizeChanged();
      const bytes = Buffer.concat([left, added]);
      const whole = bytes.length - (bytes.length % 3);
      left = bytes.subarray(whole);
      if (whole > 0) yield encoded(bytes.subarray(0, whole));
    }
    // The length was promised before; a portal must never take half a file for the whole.
    if (size !== source.size) throw sizeChanged();
    if (left.length > 0) yield encoded(left);
  } finally {
    stream.destroy();
  }
}

function asBytes(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  throw new Error('a source of bytes gave something else');
}

function sizeChanged(): InvalidError {
  return new InvalidError('INPUT_INVALID', 'the file changed its size while it was read', {
    params: { what: 'msg.parts' },
  });
}
