import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { startTimer, type Clock } from './clock';
import { CancelledError } from './errors';
import { toNetworkFailure, timeoutFailure } from './http-failure';

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

  const onStop = (): void => void fail(new CancelledError());

  function close(): void {
    for (const lift of timeLimits) lift();
    for (const signal of stopSignals) signal.removeEventListener('abort', onStop);
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

  function watch(request: ClientRequest): void {
    request.once('socket', (socket: Socket) => {
      if (request.reusedSocket) {
        // Connected already: the event below would never come, and the listeners would pile up.
        sent = true;
        return;
      }
      // Before the TLS handshake is through, Node holds the request back.
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => (sent = true));
    });
    request.prependOnceListener('response', dropLengthOfCompressed);
  }

  for (const signal of stopSignals) {
    signal.addEventListener('abort', onStop, { once: true });
    if (signal.aborted) onStop();
  }
  const explain = (error: unknown): Error => fail(toNetworkFailure(error, host, sent));
  return { host, signal: controller.signal, fail, explain, limitTime, watch, close };
}

/** The body is handed out decompressed, so this length would be a wrong promise. */
function dropLengthOfCompressed(response: IncomingMessage): void {
  if (response.headers['content-encoding']) delete response.headers['content-length'];
}
