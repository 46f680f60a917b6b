import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { CancelledError, InvalidError } from '../core/errors';

export interface MultipartFile {
  readonly name: string;
  readonly mime: string;
  readonly content: Readable;
  readonly mostBytes: number;
}

/** A form with one file in it, of which only a piece at a time is in memory. */
export function multipartForm(
  file: MultipartFile,
  fields: Readonly<Record<string, string>>,
): { contentType: string; content: Readable } {
  const boundary = `bitlane-${randomBytes(16).toString('hex')}`;
  async function* pieces(): AsyncGenerator<Buffer> {
    for (const [name, value] of Object.entries(fields)) {
      yield Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      );
    }
    const disposition = `form-data; name="file"; filename="${quoted(file.name)}"`;
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${file.mime}\r\n\r\n`,
    );
    yield* counted(file);
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  const content = Readable.from(pieces(), { objectMode: false });
  // Met again when it is read; until then a file that breaks must not end the process.
  file.content.on('error', () => undefined);
  // The generator only reaches its own ending when it has begun.
  content.once('close', () => void file.content.destroy());
  return { contentType: `multipart/form-data; boundary=${boundary}`, content };
}

async function* counted({ content, mostBytes }: MultipartFile): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of readable(content)) {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (!(buffer instanceof Uint8Array)) continue;
    bytes += buffer.length;
    if (bytes > mostBytes) throw tooLarge(mostBytes);
    yield Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length);
  }
}

async function* readable(content: Readable): AsyncGenerator<unknown> {
  try {
    yield* content;
  } catch (error) {
    throw unreadable(error);
  }
}

export function unreadable(cause: unknown): Error {
  if (cause instanceof CancelledError) return cause;
  // The error itself may name an address with a token in it.
  const params = { reason: 'unreadable', detail: 'unreadable' };
  return new InvalidError('DIFY_FILE', 'the file could not be read', { params });
}

export function tooLarge(mostBytes: number): InvalidError {
  const megabytes = Math.floor(mostBytes / 1024 / 1024);
  return new InvalidError('DIFY_FILE', `the file is larger than ${megabytes} MB`, {
    params: { reason: 'file_too_large', detail: `${megabytes} MB` },
  });
}

/** As browsers write it: what would end the name or the line is encoded. */
function quoted(name: string): string {
  return name.replace(/["\r\n]/g, (char) => encodeURIComponent(char)).replace(/[\u0000-\u001f\u007f]/g, '');
}
