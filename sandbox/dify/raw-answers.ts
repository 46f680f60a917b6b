import type http from 'node:http';
import { gzipSync } from 'node:zlib';
import { isGate } from '../shared/gates';
import type { RawAnswer, RawBody } from './scenario';
import { flushed } from './wire';

const json = 'application/json';
const stream = 'text/event-stream; charset=utf-8';
const megabyte = 1024 * 1024;

/** The socket is gone before any answer. With a run: the answer is what got lost. */
export function reset(options: { withRun: boolean }): RawAnswer {
  return (response, { startRun }) => {
    if (options.withRun) startRun();
    response.socket?.resetAndDestroy();
  };
}

/** Neither a status nor a byte, ever. */
export const noAnswer: RawAnswer = () => undefined;

/** The answer begins, and that is all: not even a ping. */
export const silence: RawAnswer = (response) => {
  response.writeHead(200, { 'Content-Type': stream });
  response.flushHeaders();
};

/** A body that goes on and on: 100 MB, as fast as it is taken. */
export function flood(kind: 'json' | 'stream', megabytes = 100): RawAnswer {
  return async (response) => {
    response.writeHead(200, { 'Content-Type': kind === 'json' ? json : stream });
    const filling = Buffer.alloc(64 * 1024, 'a');
    await flushed(response, Buffer.from(opening(kind)));
    for (let left = megabytes * megabyte; left > 0 && !response.destroyed; left -= filling.length)
      await flushed(response, filling);
    response.end(closing(kind));
  };
}

/** About a megabyte on the wire, a gigabyte when unpacked. */
export function gzipBomb(kind: 'json' | 'stream'): RawAnswer {
  return async (response) => {
    response.writeHead(200, {
      'Content-Type': kind === 'json' ? json : stream,
      'Content-Encoding': 'gzip',
    });
    const filling = gzipSync(Buffer.alloc(megabyte, 'a'));
    await flushed(response, gzipSync(opening(kind)));
    for (let sent = 0; sent < 1024 && !response.destroyed; sent += 1) await flushed(response, filling);
    response.end(gzipSync(closing(kind)));
  };
}

function opening(kind: 'json' | 'stream'): string {
  return `${kind === 'json' ? '' : 'data: '}{"event":"message","answer":"`;
}

function closing(kind: 'json' | 'stream'): string {
  return `"}${kind === 'json' ? '' : '\n\n'}`;
}

/** Bytes as the test wrote them; each gate stops them until it is opened. */
export function playPieces(body: RawBody | RawBody['pieces']): RawAnswer {
  const { pieces, status = 200, headers = {}, end = 'close' } = isBody(body) ? body : { pieces: body };
  return async (response, { signal }) => {
    response.writeHead(status, { 'Content-Type': stream, ...headers });
    response.flushHeaders();
    for (const piece of pieces) {
      if (isGate(piece)) await piece.pass(signal);
      else await flushed(response, typeof piece === 'string' ? Buffer.from(piece) : piece);
    }
    endings[end](response);
  };
}

const endings: Readonly<Record<NonNullable<RawBody['end']>, (response: http.ServerResponse) => void>> = {
  close: (response) => void response.end(),
  reset: (response) => void response.destroy(),
  'keep-open': () => undefined,
};

function isBody(body: RawBody | RawBody['pieces']): body is RawBody {
  return 'pieces' in body;
}

/** One ping at once, and then those that the clock or the test brings. */
export const pingsOnly: RawAnswer = (_response, { openStream }) => openStream().ping();
