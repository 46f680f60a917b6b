import type { Readable } from 'node:stream';
import { UnreachableError } from '../../core/errors';
import { textAt } from '../../core/fields';

/** The first piece of a stream, which stays in it; empty when the stream is. */
export async function peek(body: Readable): Promise<Buffer> {
  await hasPiece(body);
  const piece: unknown = body.read();
  if (!Buffer.isBuffer(piece)) return Buffer.alloc(0);
  body.unshift(piece);
  return piece;
}

function hasPiece(body: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopWaiting = (): void => {
      body.off('readable', onReadable).off('error', onError).off('close', onClose);
    };
    const onReadable = (): void => {
      stopWaiting();
      resolve();
    };
    const onError = (error: Error): void => {
      stopWaiting();
      reject(error);
    };
    const onClose = (): void => onError(body.errored ?? gone());
    if (body.destroyed) return onClose();
    body.on('readable', onReadable).on('error', onError).on('close', onClose);
  });
}

function gone(): UnreachableError {
  return new UnreachableError('ADDRESS_UNREACHABLE', 'the answer was closed before it was read', {
    sent: true,
  });
}

/** The portal's error code, when that is what came instead of a file. */
export function errorIn(start: Buffer): string | undefined {
  try {
    const code = textAt(JSON.parse(start.toString('utf8')), 'error');
    return code !== undefined && /^[\w .:-]{1,100}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
