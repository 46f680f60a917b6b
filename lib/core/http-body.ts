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
  const onFailure = (): void => void body.destroy(exchange.explain(undefined));
  exchange.signal.addEventListener('abort', onFailure, { once: true });
  finished(source, { writable: false }, (error) => {
    if (error) body.destroy(exchange.explain(error));
  });
  source.pipe(body);
  if (exchange.signal.aborted) onFailure();
  else if (limits.silence) watchSilence(body, () => bytes, exchange, limits.silence);
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
