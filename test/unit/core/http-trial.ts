import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import { UnreachableError } from '../../../lib/core/errors';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
} from '../../../lib/core/http';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { startRaw, type LoopbackServer } from './loopback';

/** Stands in every place of a request that must not be seen in an error. */
export const marker = 'MARKER-5ecret';

export interface HttpTrial {
  readonly clock: ManualClock;
  readonly client: (options?: Partial<HttpClientOptions>) => HttpClient;
  readonly raw: (onConnection: (socket: Socket) => void) => Promise<LoopbackServer>;
  /** A server that has read a request, sends `answer` and then nothing more. */
  readonly silentServer: (answer?: string) => Promise<{ origin: string; hasRequest: Promise<unknown> }>;
  /** Stops it when the test is over. */
  readonly stopAfterwards: (stop: () => Promise<void> | void) => void;
}

/** To be called inside `describe`: everything that a test starts is stopped when it ends. */
export function httpTrial(): HttpTrial {
  const stops: (() => Promise<void> | void)[] = [];
  let clock = manualClock();

  beforeEach(() => {
    clock = manualClock();
  });

  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    assert.equal(clock.pending(), 0, 'a time limit was left behind');
  });

  function client(options: Partial<HttpClientOptions> = {}): HttpClient {
    const made = createHttpClient({
      policy: { origin: 'configured' },
      userAgent: 'Bitlane/test',
      timeoutMs: 30_000,
      maxResponseBytes: 1_000_000,
      clock,
      ...options,
    });
    stops.push(() => made.close());
    return made;
  }

  async function raw(onConnection: (socket: Socket) => void): Promise<LoopbackServer> {
    const server = await startRaw(onConnection);
    stops.push(() => server.stop());
    return server;
  }

  async function silentServer(answer = ''): Promise<{ origin: string; hasRequest: Promise<unknown> }> {
    let tell: (value: unknown) => void = () => undefined;
    const hasRequest = new Promise((resolve) => (tell = resolve));
    const server = await raw((socket) => {
      socket.once('data', () => socket.write(answer, tell));
    });
    return { origin: server.origin, hasRequest };
  }

  return {
    get clock() {
      return clock;
    },
    client,
    raw,
    silentServer,
    stopAfterwards: (stop) => stops.push(stop),
  };
}

/** A request with the marker in each of its places. */
export function request(origin: string): HttpRequest {
  return {
    method: 'POST',
    url: new URL(`${origin}/rest/1/${marker}/profile?auth=${marker}`),
    headers: { authorization: `Bearer ${marker}` },
    body: `{"auth":"${marker}"}`,
  };
}

/** Nothing of the request may be seen in any way in which people or programs print an error. */
function assertSilent(error: unknown): void {
  assert.ok(error instanceof Error);
  const printed = [error.message, error.stack, JSON.stringify(error), String(error)];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    printed.push(inspect(cause, { depth: null, showHidden: true, getters: true }), JSON.stringify(cause));
    assert.ok(!('config' in cause) && !('request' in cause) && !('response' in cause));
  }
  for (const each of printed) assert.ok(!each?.includes(marker), each);
}

export async function failureOf(attempt: Promise<unknown>): Promise<Error> {
  const error = await attempt.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assertSilent(error);
  assert.ok(error instanceof Error);
  return error;
}

export async function assertUnreachable(
  attempt: Promise<unknown>,
  sent: boolean,
  reason?: string,
): Promise<void> {
  const error = await failureOf(attempt);
  assert.ok(error instanceof UnreachableError, inspect(error));
  assert.equal(error.code, 'ADDRESS_UNREACHABLE');
  assert.equal(error.sent, sent, error.message);
  if (reason !== undefined) assert.equal(error.params['reason'], reason);
}

/** Waits for something that only the event loop can bring about; mocha's time limit ends a wait in vain. */
export async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
