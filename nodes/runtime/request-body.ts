import type { IncomingMessage } from 'node:http';

/** Why a request was turned away before anybody looked at what it says. */
export class RequestRefused extends Error {
  constructor(readonly status: 400 | 405 | 408 | 413 | 415) {
    super(`request refused with ${status}`);
  }
}

export interface BodyLimits {
  maxBytes: number;
  timeoutMs: number;
}

/** The body as it came, with a cap on its size and on the time a slow sender may take. */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw new RequestRefused(413);
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limits.maxBytes) settle(() => reject(new RequestRefused(413)));
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks).toString('utf8')));
    const onBroken = (): void => settle(() => reject(new RequestRefused(400)));
    const timer = setTimeout(() => settle(() => reject(new RequestRefused(408))), limits.timeoutMs);
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
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
