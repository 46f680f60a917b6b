import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { InvalidError } from '../../core/errors';
import type { ByteSource } from '../rest/streamed-body';

const sliceLength = 48 * 1024;

export function sourceOfBytes(bytes: Buffer): ByteSource {
  function* slices(): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += sliceLength) yield bytes.subarray(at, at + sliceLength);
  }
  return { size: bytes.length, open: async () => Readable.from(slices(), { objectMode: false }) };
}

export async function sourceAtPath(path: string): Promise<ByteSource> {
  // Of a pipe or a device nobody knows the end.
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw unreadable();
  return {
    size: found.size,
    open: async (signal) => {
      const stream = createReadStream(path, { signal });
      await new Promise((resolve, reject) => {
        stream.once('open', resolve);
        // The path is the integrator's own matter and in no error.
        stream.once('error', () => reject(unreadable()));
      });
      return stream;
    },
  };
}

function unreadable(): InvalidError {
  return new InvalidError('INPUT_INVALID', 'the file cannot be read', { params: { what: 'msg.parts' } });
}
