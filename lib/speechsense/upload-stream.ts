import type { Client, ClientWritableStream, Metadata, ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { CancelledError } from '../core/errors';
import { callFailure } from './call-failure';

/** A call whose request is a stream. */
export interface UploadStream {
  /** Rejects with CallFailure or CancelledError. May come before everything is sent. */
  readonly answer: Promise<object>;
  /** Resolves when the network took the message. False: the call is over, and `answer` says how. */
  write(message: object): Promise<boolean>;
  /** Waits for the work, but no longer than the call lasts. */
  unlessOver<T>(work: Promise<T>): Promise<{ value: T } | undefined>;
  /** Everything is sent. */
  end(): void;
  cancel(): void;
}

interface StreamOptions {
  readonly headers: Metadata;
  readonly deadlineMs: number;
  readonly signals: readonly AbortSignal[];
}

export function openUploadStream(
  client: Client,
  method: MethodDefinition<object, object>,
  { headers, deadlineMs, signals }: StreamOptions,
): UploadStream {
  let isOver = false;
  // One place for whoever waits: races against one promise that lives as long as the call would keep every chunk.
  let onOver: (() => void) | undefined;
  let call: ClientWritableStream<object> | undefined;
  const cancel = (): void => call?.cancel();

  const answer = new Promise<object>((resolve, reject) => {
    if (signals.some(({ aborted }) => aborted)) {
      isOver = true;
      return reject(new CancelledError());
    }
    let sawHeaders = false;
    call = client.makeClientStreamRequest<object, object>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      headers,
      { deadline: Date.now() + deadlineMs },
      (error: ServiceError | null, response?: object) => {
        isOver = true;
        for (const signal of signals) signal.removeEventListener('abort', cancel);
        if (response && !error) resolve(response);
        else if (signals.some(({ aborted }) => aborted)) reject(new CancelledError());
        else if (error) reject(callFailure(error, sawHeaders));
        onOver?.();
      },
    );
    call.on('metadata', () => (sawHeaders = true));
    // What there is to say comes with the answer.
    call.on('error', () => undefined);
    for (const signal of signals) signal.addEventListener('abort', cancel, { once: true });
  });
  // It may be over before anybody asks for it.
  answer.catch(() => undefined);

  function unlessOver<T>(work: Promise<T>): Promise<{ value: T } | undefined> {
    return new Promise((resolve, reject) => {
      if (isOver) {
        work.catch(() => undefined);
        return resolve(undefined);
      }
      onOver = () => resolve(undefined);
      work.then(
        (value) => {
          onOver = undefined;
          resolve({ value });
        },
        (error: Error) => {
          onOver = undefined;
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

  return { answer, write, unlessOver, end: () => call?.end(), cancel };
}
