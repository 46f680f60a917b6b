import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock';
import { withRetry } from '../core/retry';
import type { Authorization, Pass } from './authorization';
import { CallFailure } from './call-failure';
import type { Channel } from './channel';
import type { MethodName } from './definitions';
import { inOwnWords } from './refusal';
import { createRepeating, type Repeating } from './repeating';
import { usualPauses } from './retry-table';
import { checkRequest } from './shape';
import type { UploadStream } from './upload-stream';
import { grpcStatus } from './grpc-status';

export interface TryOptions {
  readonly deadlineMs: number;
  /** The same for every try of one talk. */
  readonly requestId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AskOptions extends TryOptions {
  /** Waited for when everything is ready to leave, and nothing has left. */
  readonly handOver?: (() => Promise<void>) | undefined;
}

/** The channel with the key to it. */
export interface Caller {
  readonly clock: Clock;
  /** One try; rejects with CallFailure. */
  tryOnce(method: MethodName, request: object, options: AskOptions): Promise<object>;
  /** One try. */
  open(method: MethodName, options: TryOptions): Promise<UploadStream>;
  /** For what changes nothing, or the same when done twice; errors are fit to be shown. */
  ask(method: MethodName, request: object, options: TryOptions): Promise<object>;
  /** Fresh for each piece of work: it counts the tries. */
  repeating(): Repeating;
  /** `sent`: whatever must not be repeated in the text of the error. */
  words(error: unknown, method: MethodName, sent: unknown): Error;
}

export interface CallerOptions {
  readonly channel: Channel;
  readonly authorization: Authorization;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
}

export function createCaller({ channel, authorization, clock, random }: CallerOptions): Caller {
  const headersOf = (pass: Pass, { requestId }: TryOptions): Record<string, string> => ({
    authorization: pass.authorization,
    'x-client-request-id': requestId ?? randomUUID(),
  });

  async function tryOnce(method: MethodName, request: object, options: AskOptions): Promise<object> {
    checkRequest(method, request);
    const pass = await authorization.pass();
    const { deadlineMs, signal, handOver } = options;
    await handOver?.();
    const asked = channel.ask(method, request, { headers: headersOf(pass, options), deadlineMs, signal });
    asked.catch((error: unknown) => noteRefusal(error, pass));
    return asked;
  }

  async function open(method: MethodName, options: TryOptions): Promise<UploadStream> {
    const pass = await authorization.pass();
    const { deadlineMs, signal } = options;
    const stream = channel.open(method, { headers: headersOf(pass, options), deadlineMs, signal });
    stream.answer.catch((error: unknown) => noteRefusal(error, pass));
    return stream;
  }

  const repeating = (): Repeating =>
    createRepeating({ canRenew: authorization.kind === 'authorized-key', random });

  const words = (error: unknown, method: MethodName, sent: unknown): Error =>
    inOwnWords(error, {
      method,
      host: channel.endpoint.authority,
      nameFailure: channel.nameFailure(),
      hidden: { secrets: authorization.secrets(), sent },
    });

  async function ask(method: MethodName, request: object, options: TryOptions): Promise<object> {
    const counted = repeating();
    try {
      return await withRetry(() => tryOnce(method, request, options), {
        policy: usualPauses,
        clock,
        decide: (error) => counted.decide(error),
        signal: options.signal,
        random,
      });
    } catch (error) {
      throw words(error, method, request);
    }
  }

  return { clock, tryOnce, open, ask, repeating, words };
}

function noteRefusal(error: unknown, pass: Pass): void {
  if (error instanceof CallFailure && error.code === grpcStatus.UNAUTHENTICATED) pass.refused();
}
