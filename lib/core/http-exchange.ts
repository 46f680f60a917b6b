import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { startTimer, type Clock } from './clock';
import { CancelledError } from './errors';
import { connectFailure, timeoutFailure, toNetworkFailure } from './http-failure';
import { untilQuiet } from './http-quiet';

/** One request and its answer, from the first look-up to the last byte. */
export interface Exchange {
  readonly host: string;
  /** Aborted when the exchange fails. */
  readonly signal: AbortSignal;
  /** Ends the exchange with this error, unless it has ended. Gives the error that counts. */
  fail(error: Error): Error;
  /** The error to hand out for one that the network or axios gave. */
  explain(error: unknown): Error;
  /** Fails the exchange after `ms`; gives a function that lifts the limit. */
  limitTime(ms: number): () => void;
  /** As `limitTime`, but counted from the last piece of the request that got away: a large one may take its time. */
  limitStall(ms: number): () => void;
  /**
   * Fails the exchange unless look-up, connection and TLS are through within `ms`. Calls `onConnected` when they are,
   * at once for a pooled connection; never when the exchange is over by then. To be called before `watch`.
   */
  limitConnecting(ms: number, onConnected: () => void): void;
  /** Learns from Node's request whether anything can have reached the other side. */
  watch(request: ClientRequest): void;
  /** Nothing is waited for any more; harmless when repeated. */
  close(): void;
}

export function openExchange(host: string, clock: Clock, stopSignals: readonly AbortSignal[]): Exchange {
  const controller = new AbortController();
  const timeLimits = new Set<() => void>();
  let failure: Error | undefined;
  let sent = false;
  let watched: ClientRequest | undefined;
  let onceConnected = (): void => undefined;

  const onStop = (): void => void fail(new CancelledError());

  function close(): void {
    onceConnected = () => undefined;
    for (const lift of timeLimits) lift();
    for (const signal of stopSignals) signal.removeEventListener('abort', onStop);
    // The answer came before the request was through; nobody wants the rest, and its connection is of no more use.
    if (watched?.writableEnded === false) watched.destroy();
  }

  function fail(error: Error): Error {
    if (failure) return failure;
    failure = error;
    close();
    controller.abort();
    return failure;
  }

  function limitTime(ms: number): () => void {
    const lift = startTimer(clock, ms, () => fail(timeoutFailure(host, ms, sent)));
    timeLimits.add(lift);
    return lift;
  }

  function limitStall(ms: number): () => void {
    const stop = new AbortController();
    const lift = (): void => stop.abort();
    timeLimits.add(lift);
    untilQuiet({ ms, clock }, () => watched?.socket?.bytesWritten ?? 0, stop.signal).then(
      () => fail(timeoutFailure(host, ms, sent)),
      () => undefined,
    );
    return lift;
  }

  function limitConnecting(ms: number, onConnected: () => void): void {
    const lift = startTimer(clock, ms, () => fail(connectFailure(host, ms)));
    timeLimits.add(lift);
    onceConnected = () => {
      lift();
      onConnected();
    };
  }

  function noteConnected(): void {
    sent = true;
    onceConnected();
  }

  function watch(request: ClientRequest): void {
    watched = request;
    request.once('socket', (socket: Socket) => {
      if (request.reusedSocket) {
        // Connected already: the event below would never come, and the listeners would pile up.
        noteConnected();
        return;
      }
      // Before the TLS handshake is through, Node holds the request back.
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', noteConnected);
    });
    request.prependOnceListener('response', dropLengthOfCompressed);
  }

  for (const signal of stopSignals) {
    signal.addEventListener('abort', onStop, { once: true });
    if (signal.aborted) onStop();
  }
  const explain = (error: unknown): Error => fail(toNetworkFailure(error, host, sent));
  return {
    host,
    signal: controller.signal,
    fail,
    explain,
    limitTime,
    limitStall,
    limitConnecting,
    watch,
    close,
  };
}

/** The body is handed out decompressed, so this length would be a wrong promise. */
function dropLengthOfCompressed(response: IncomingMessage): void {
  if (response.headers['content-encoding']) delete response.headers['content-length'];
}
