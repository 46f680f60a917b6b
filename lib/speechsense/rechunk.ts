import type { Readable } from 'node:stream';
import { InvalidError } from '../core/errors';

/** The stream's bytes in pieces of one size, the last one smaller, none of them empty. */
export async function* rechunk(source: Readable, size: number): AsyncGenerator<Buffer, undefined> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const piece of source) {
    const bytes: unknown = piece;
    if (!(bytes instanceof Uint8Array)) {
      throw new InvalidError('INPUT_INVALID', 'the stream of the recording gives no bytes', {
        params: { what: 'audio' },
      });
    }
    waiting.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    length += bytes.byteLength;
    while (length >= size) {
      const whole = waiting.length === 1 && waiting[0] ? waiting[0] : Buffer.concat(waiting, length);
      yield whole.subarray(0, size);
      length -= size;
      waiting = length === 0 ? [] : [whole.subarray(size)];
    }
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}
