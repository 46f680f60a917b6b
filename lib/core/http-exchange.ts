import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { startTimer, type Clock } from './clock';
import { CancelledError } from './errors';
import { connectFailure, timeoutFailure, toNetworkFailure } from './http-failure';
import { untilQuiet } from './http-quiet';

/** One request and its answer, from the first look-up to the last byte. */
export interface Exchange {
  readonly host: string;
  /** Called when the exchange fails; at once when it has failed. Not when it has come to its end before. */
  onFailure(act: () => void): void;
  /** Ends the exchange with this error, unless it has ended. Gives the error that counts. */
  fail(error: Error): Error;
  /** The error to hand out for one that the network or axios gave. */
  explain(error: unknown): Error;
  /** Fails the exchange after `ms`. Of these three limits the last one counts. */
  limitTime(ms: number): void;
  /** As `limitTime`, but counted from the last piece of the request that got away: a large one may take its time. */
  limitStall(ms: number): void;
  /**
   * Fails the exchange unless look-up, connection and TLS are through within `ms`. Calls `onConnected` when they are,
   * at once for a pooled connection; never when the exchange is over by then. To be called before `watch`.
   */
  limitConnecting(ms: number, onConnected: () => void): void;
  liftLimit(): void;
  /** Learns from Node's request whether anything can have reached the other side. */
  watch(request: ClientRequest): void;
  /** Nothing is waited for any more; harmless when repeated. */
  close(): void;
}

export interface ExchangeParts {
  readonly host: string;
  readonly clock: Clock;
  /** Cancels it. */
  readonly signal: AbortSignal | undefined;
  /** Nothing can be waited for any more. May be told more than once. */
  readonly onOver: (exchange: Exchange) => void;
}

export function openExchange({ host, clock, signal, onOver }: ExchangeParts): Exchange {
  // An abort signal for each would cost more than all that it is for.
  let failureActs: (() => void)[] = [];
  let stopTimer = nothing;
  let failure: Error | undefined;
  let sent = false;
  let watched: ClientRequest | undefined;
  let onceConnected = nothing;

  const onStop = (): void => void fail(new CancelledError());

  function close(): void {
    onceConnected = nothing;
    liftLimit();
    signal?.removeEventListener('abort', onStop);
    failureActs = [];
    onOver(exchange);
    // The answer came before the request was through; nobody wants the rest, and its connection is of no more use.
    if (watched?.writableEnded === false) watched.destroy();
  }

  function fail(error: Error): Error {
    if (failure) return failure;
    failure = error;
    const acts = failureActs;
    close();
    for (const act of acts) act();
    return failure;
  }

  function onFailure(act: () => void): void {
    if (failure) act();
    else failureActs.push(act);
  }

  /** What stays here of a limit that is over would be held as long as the exchange. */
  function liftLimit(): void {
    stopTimer();
    stopTimer = nothing;
  }

  function limitTime(ms: number): void {
    liftLimit();
    stopTimer = startTimer(clock, ms, () => fail(timeoutFailure(host, ms, sent)));
  }

  function limitStall(ms: number): void {
    liftLimit();
    const stop = new AbortController();
    stopTimer = () => stop.abort();
    untilQuiet({ ms, clock }, () => watched?.socket?.bytesWritten ?? 0, stop.signal).then(
      () => fail(timeoutFailure(host, ms, sent)),
      () => undefined,
    );
  }

  function limitConnecting(ms: number, onConnected: () => void): void {
    liftLimit();
    stopTimer = startTimer(clock, ms, () => fail(connectFailure(host, ms)));
    onceConnected = onConnected;
  }

  function noteConnected(): void {
    sent = true;
    const onConnected = onceConnected;
    onceConnected = nothing;
    onConnected();
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
  }

  const exchange: Exchange = {
    host,
    onFailure,
    fail,
    explain: (error) => fail(toNetworkFailure(error, host, sent)),
    limitTime,
    limitStall,
    limitConnecting,
    liftLimit,
    watch,
    close,
  };
  signal?.addEventListener('abort', onStop);
  if (signal?.aborted) onStop();
  return exchange;
}

const nothing = (): void => undefined;
