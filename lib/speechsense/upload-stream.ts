import type { Client, ClientWritableStream, Metadata, ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { CancelledError } from '../core/errors';
import { CallFailure, callFailure } from './call-failure';
import { grpcStatus } from './grpc-status';

/** A call whose request is a stream. */
export interface UploadStream {
  /** Rejects with CallFailure or CancelledError. May come before everything is sent. */
  readonly answer: Promise<object>;
  /** Resolves when the network took the message. False: the call is over, and `answer` says how. */
  write(message: object): Promise<boolean>;
  /** As `write`, for a message that is in the service's format; its memory is free again when this resolves with true. */
  writeBytes(message: Buffer): Promise<boolean>;
  /** Waits for the work, but no longer than the call lasts. */
  unlessOver<T>(work: Promise<T>): Promise<{ value: T } | undefined>;
  /** Everything is sent. */
  end(): void;
  /** Nothing is to be made of what was sent, unless its end was said already. */
  abandon(): void;
}

interface StreamOptions {
  readonly headers: Metadata;
  readonly deadlineMs: number;
  readonly signals: readonly AbortSignal[];
}

/** In the place of a message: bytes that break off within a field, so that every reader of the format refuses them. */
const unreadable = Buffer.from([0x0a, 0x7f]);
/** The longest wait for the network to take them. */
const spoilMs = 1000;
/** gRPC's own deadline may not come first: it cancels. */
const graceMs = 2 * spoilMs;

export function openUploadStream(
  client: Client,
  method: MethodDefinition<object, object>,
  { headers, deadlineMs, signals }: StreamOptions,
): UploadStream {
  let isOver = false;
  let isEnded = false;
  // Who waits now: races against one promise that lives as long as the call would keep every chunk.
  const waiting = new Set<() => void>();
  let call: ClientWritableStream<object> | undefined;
  let giveUp: (reason: Error) => void = () => undefined;

  const answer = new Promise<object>((resolve, reject) => {
    if (signals.some(({ aborted }) => aborted)) {
      isOver = true;
      return reject(new CancelledError());
    }
    let sawHeaders = false;
    const lateness = setTimeout(() => onLate(), deadlineMs);

    function finish(): boolean {
      if (isOver) return false;
      isOver = true;
      clearTimeout(lateness);
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
      for (const tell of waiting) tell();
      return true;
    }

    giveUp = (reason) => {
      if (!finish()) return;
      reject(reason);
      if (call) cancelUnread(call, isEnded);
    };
    const onAbort = (): void => giveUp(new CancelledError());
    const onLate = (): void => giveUp(late(deadlineMs, isEnded));

    call = client.makeClientStreamRequest<object, object>(
      method.path,
      (message) => (Buffer.isBuffer(message) ? message : method.requestSerialize(message)),
      method.responseDeserialize,
      headers,
      { deadline: Date.now() + deadlineMs + graceMs },
      (error: ServiceError | null, response?: object) => {
        if (!finish()) return;
        if (response && !error) resolve(response);
        else if (error) reject(callFailure(error, sawHeaders));
      },
    );
    call.on('metadata', () => (sawHeaders = true));
    // What there is to say comes with the answer.
    call.on('error', () => undefined);
    for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  });
  // It may be over before anybody asks for it.
  answer.catch(() => undefined);

  function unlessOver<T>(work: Promise<T>): Promise<{ value: T } | undefined> {
    return new Promise((resolve, reject) => {
      if (isOver) {
        work.catch(() => undefined);
        return resolve(undefined);
      }
      const onOver = (): void => resolve(undefined);
      waiting.add(onOver);
      work.then(
        (value) => {
          waiting.delete(onOver);
          resolve({ value });
        },
        (error: Error) => {
          waiting.delete(onOver);
          reject(error);
        },
      );
    });
  }

  async function write(message: object): Promise<boolean> {
    if (isOver) return false;
    // The callback, because gRPC's own `drain` never comes once the call has ended, and because it holds one
    // message back where the stream's own limit would hold sixteen.
    const taken = new Promise<void>((resolve) => call?.write(message, () => resolve()));
    return (await unlessOver(taken)) !== undefined && !isOver;
  }

  function end(): void {
    isEnded = true;
    call?.end();
  }

  return { answer, write, writeBytes: write, unlessOver, end, abandon: () => giveUp(new CancelledError()) };
}

/**
 * A cancelled stream of HTTP/2 goes out as an ended one that is reset after its end, and a service that is quick makes
 * a talk of it. So before it comes something that no end can follow.
 */
function cancelUnread(call: ClientWritableStream<object>, isEnded: boolean): void {
  if (isEnded) return call.cancel();
  // When the network takes nothing more, the end does not go out either.
  const waited = setTimeout(() => call.cancel(), spoilMs);
  call.write(unreadable, () => {
    clearTimeout(waited);
    call.cancel();
  });
}

/** In gRPC's own words. Before its end was said, a stream makes nothing. */
function late(deadlineMs: number, isEnded: boolean): CallFailure {
  return new CallFailure({
    code: grpcStatus.DEADLINE_EXCEEDED,
    words: `Deadline exceeded after ${deadlineMs / 1000}s`,
    isAnswer: false,
    mayHaveArrived: isEnded,
  });
}
