import type http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** `cut`: the connection breaks half way. `short`: half of it, as if that were all. `stall`: half, then nothing more. */
export type SendingFault = 'cut' | 'short' | 'stall';

export interface Sending {
  size: number;
  headers: Readonly<Record<string, string>>;
  tellsLength: boolean;
  bytesPerSecond: number;
  fault: SendingFault | undefined;
  ended: () => void;
}

export async function sendPieces(
  response: http.ServerResponse,
  pieces: Iterable<Buffer>,
  sending: Sending,
): Promise<void> {
  const { size, headers, tellsLength, fault } = sending;
  const length = tellsLength && fault !== 'short' ? { 'Content-Length': String(size) } : {};
  response.writeHead(200, { ...headers, ...length });
  const wanted = fault === undefined ? size : Math.floor(size / 2);
  const paced = atPace(upTo(pieces, wanted), sending.bytesPerSecond);
  try {
    await pipeline(Readable.from(paced, { objectMode: false }), response, {
      end: fault === undefined || fault === 'short',
    });
    sending.ended();
    if (fault === 'cut') response.destroy();
  } catch {
    // The reader went away; there is nobody left to tell.
    response.destroy();
  }
}

function* upTo(pieces: Iterable<Buffer>, wanted: number): Generator<Buffer> {
  let left = wanted;
  for (const piece of pieces) {
    if (left <= 0) return;
    yield piece.length <= left ? piece : piece.subarray(0, left);
    left -= piece.length;
  }
}

async function* atPace(pieces: Iterable<Buffer>, bytesPerSecond: number): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    yield piece;
    if (bytesPerSecond === Infinity) continue;
    // A reader that has gone away must not keep the process waiting.
    await new Promise((resolve) => setTimeout(resolve, (piece.length / bytesPerSecond) * 1000).unref());
  }
}
