import type { IncomingMessage } from 'node:http';

/** Why a request was turned away before anybody looked at what it says. */
export class RequestRefused extends Error {
  constructor(readonly status: 400 | 405 | 408 | 413 | 415 | 503) {
    super(`request refused with ${status}`);
  }
}

export interface BodyLimits {
  maxBytes: number;
  timeoutMs: number;
}

/** Anybody can open connections; what they can make us hold at once is bounded. */
const MOST_BODIES = 200;
let reading = 0;

/**
 * The time is counted in steps, with a look at the network between them: what our own process stood still, however long,
 * counts as one of them. What lay there unread meanwhile was not sent too slowly.
 */
const timeSteps = 10;
const noBytes = Buffer.alloc(0);

/** The body as it came, with a cap on its size and on the time a slow sender may take. */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw new RequestRefused(413);
  if (reading >= MOST_BODIES) throw new RequestRefused(503);
  reading += 1;
  try {
    return await collect(request, limits);
  } finally {
    reading -= 1;
  }
}

function collect(request: IncomingMessage, { maxBytes, timeoutMs }: BodyLimits): Promise<string> {
  // One buffer and not a list of pieces: a body of one-byte chunks would cost a hundred times its size.
  let body: Buffer = noBytes;
  let size = 0;
  let stepsLeft = timeSteps;
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      finish();
    };
    const onStep = (): void => {
      stepsLeft -= 1;
      if (stepsLeft > 0) timer.refresh();
      else settle(() => reject(new RequestRefused(408)));
    };
    const onData = (chunk: Buffer): void => {
      const needed = size + chunk.length;
      if (needed > maxBytes) {
        settle(() => reject(new RequestRefused(413)));
        return;
      }
      // Most come in one piece, which is read where it is.
      if (size === 0) body = chunk;
      else body = appended(body, size, chunk, maxBytes);
      size = needed;
    };
    const onEnd = (): void => settle(() => resolve(body.toString('utf8', 0, size)));
    const onBroken = (): void => settle(() => reject(new RequestRefused(400)));
    const timer = setTimeout(onStep, timeoutMs / timeSteps);
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

function appended(body: Buffer, size: number, chunk: Buffer, maxBytes: number): Buffer {
  const needed = size + chunk.length;
  const roomier = (): Buffer => Buffer.concat([body], Math.min(maxBytes, Math.max(needed, body.length * 2)));
  const room = needed > body.length ? roomier() : body;
  chunk.copy(room, size);
  return room;
}

export type MediaType = 'form' | 'json';

export function mediaTypeOf(request: IncomingMessage): MediaType {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (encoding !== 'identity') throw new RequestRefused(415);
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'application/json') return 'json';
  throw new RequestRefused(415);
}
