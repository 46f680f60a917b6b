import { finished, Transform, type Readable } from 'node:stream';
import type { Exchange } from './http-exchange';
import { timeoutFailure, tooLargeFailure } from './http-failure';
import { untilQuiet, type QuietLimit } from './http-quiet';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Fails the exchange when nothing arrives for so long although the reader waits for it. */
  readonly silence?: QuietLimit;
}

/** The answer's bytes after decompression, counted, with errors that can be shown. */
export function limitedBody(source: Readable, exchange: Exchange, limits: BodyLimits): Readable {
  let bytes = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limits.maxBytes) done(exchange.fail(tooLargeFailure(exchange.host, limits.maxBytes)));
      else done(null, chunk);
    },
  });
  // A reader that has not come yet must not crash the process; it meets the error when it reads.
  body.on('error', () => undefined);
  body.once('close', () => {
    exchange.close();
    source.destroy();
  });
  finished(source, { writable: false }, (error) => {
    if (error) body.destroy(exchange.explain(error));
  });
  source.pipe(body);
  exchange.onFailure(() => body.destroy(exchange.explain(undefined)));
  if (limits.silence && !body.destroyed) watchSilence(body, () => bytes, exchange, limits.silence);
  return body;
}

function watchSilence(body: Readable, countBytes: () => number, exchange: Exchange, limit: QuietLimit): void {
  const stop = new AbortController();
  body.once('close', () => stop.abort());
  const readerIsSlow = (): boolean => body.readableLength > 0;
  untilQuiet(limit, countBytes, stop.signal, readerIsSlow).then(
    () => exchange.fail(timeoutFailure(exchange.host, limit.ms, true)),
    () => undefined,
  );
}

/** All of the answer as text, without the stream in between that a slow reader would need. */
export function wholeText(source: Readable, exchange: Exchange, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(exchange.explain(error));
      source.destroy();
    };
    source.on('data', (piece: Buffer) => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > maxBytes) exchange.fail(tooLargeFailure(exchange.host, maxBytes));
    });
    source.once('end', () => {
      exchange.close();
      // The decoder also takes a byte order mark off, which a JSON parser would choke on.
      resolve(decoder.decode(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)));
    });
    source.on('error', fail);
    // Without an end before: the connection broke off.
    source.once('close', () => {
      if (!source.readableEnded) fail(brokenOff());
    });
    exchange.onFailure(() => fail(undefined));
  });
}

const decoder = new TextDecoder();
const brokenOff = (): Error => Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
