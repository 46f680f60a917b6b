import type http from 'node:http';
import { startTimer, type Clock } from '../../lib/core/clock';
import type { StreamEvent, WireOptions } from './scenario';

/** Somebody who listens to a run. */
export interface Listener {
  event: (event: StreamEvent) => void;
  ping: () => void;
  text: (text: string) => void;
  /** The socket is destroyed. */
  drop: () => void;
  end: () => void;
  /** Called once when nothing more can be sent. */
  onClosed: (closed: () => void) => void;
}

export interface StreamPlace {
  clock: Clock;
  /** 0: the clock brings none. */
  pingMs: number;
  /** Aborted when the server stops. */
  signal: AbortSignal;
}

/** Opens the stream at once; what comes is written in order, however slowly the wire takes it. */
export function openStream(
  response: http.ServerResponse,
  options: WireOptions,
  place: StreamPlace,
): Listener {
  const write = createWriter(response, options, place);
  const encode = createEncoder(options);
  response.writeHead(200, {
    'Content-Type': options.contentType ?? 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache',
  });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  if (options.byteOrderMark) write.text('\uFEFF');

  const ping = (): void => {
    if (options.pings !== 'never') write.text(encode.ping());
  };
  let stopTimer = (): void => undefined;
  const armTimer = (): void => {
    stopTimer = startTimer(place.clock, place.pingMs, () => {
      ping();
      armTimer();
    });
  };
  if (place.pingMs > 0) armTimer();
  response.once('close', () => stopTimer());

  return {
    event(event) {
      write.text(encode.record(event));
      if (options.pings === 'between') ping();
    },
    ping,
    text: (text) => write.text(text),
    drop: () => write.reset(),
    end: () => endings[options.end ?? 'close'](write),
    onClosed: (closed) => void response.once('close', closed),
  };
}

const endings: Readonly<Record<NonNullable<WireOptions['end']>, (write: Writer) => void>> = {
  close: (write) => write.end(),
  reset: (write) => write.reset(),
  'keep-open': () => undefined,
};

interface Encoder {
  record: (event: StreamEvent) => string;
  ping: () => string;
}

function createEncoder(options: WireOptions): Encoder {
  const newline = options.newline ?? '\n';
  const data = options.spaceAfterColon === false ? 'data:' : 'data: ';
  const around = options.comments
    ? `: a comment${newline}id: 7${newline}retry: 10${newline}colour: blue${newline}`
    : '';
  return {
    record(event) {
      const json = options.severalDataLines ? JSON.stringify(event, null, 1) : JSON.stringify(event);
      const lines = json.split('\n').map((line) => `${data}${line}${newline}`);
      return `${around}${lines.join('')}${newline}`;
    },
    ping: () => `event: ping${newline}${newline}`,
  };
}

interface Writer {
  text: (text: string) => void;
  reset: () => void;
  end: () => void;
}

function createWriter(
  response: http.ServerResponse,
  options: WireOptions,
  { clock, signal }: StreamPlace,
): Writer {
  let tail = Promise.resolve();
  let left = options.cutAt ?? Infinity;
  let writes = 0;
  const queue = (act: () => Promise<void> | void): void => {
    tail = tail.then(act).catch(() => void response.destroy());
  };
  if (left === 0) queue(() => void response.destroy());

  async function writeOut(bytes: Uint8Array): Promise<void> {
    if (response.destroyed || response.writableEnded) return;
    if (options.secondsPerWrite !== undefined) await clock.sleep(options.secondsPerWrite * 1000, signal);
    if (options.beforeWrite) await options.beforeWrite(writes, signal);
    writes += 1;
    const wanted = bytes.subarray(0, left);
    left -= wanted.length;
    await flushed(response, wanted);
    // The next one is another chunk for the client too.
    if (typeof options.write === 'number') await new Promise((resolve) => setImmediate(resolve));
    if (left <= 0) response.destroy();
  }

  return {
    text(text) {
      const bytes = Buffer.from(text);
      const step = typeof options.write === 'number' ? options.write : bytes.length;
      for (let start = 0; start < bytes.length; start += step)
        queue(() => writeOut(bytes.subarray(start, start + step)));
    },
    reset: () => queue(() => void response.destroy()),
    end: () => queue(() => void response.end()),
  };
}

/** Waits until the bytes have left, so that what is destroyed afterwards does not take them with it. */
export function flushed(response: http.ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    response.once('close', resolve);
    response.write(bytes, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}
