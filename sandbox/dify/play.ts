import type { Clock } from '../../lib/core/clock';
import type { ApiCall, Reply } from './endpoint';
import type { HttpReply, RawAnswer } from './scenario';
import type { StreamHub } from './stream-hub';
import type { Listener } from './wire';

export type PlayRaw = (raw: RawAnswer, call: ApiCall, startRun: () => void) => Promise<undefined>;

export function createPlayRaw(clock: Clock, streams: StreamHub, signal: AbortSignal): PlayRaw {
  const sleep = (ms: number): Promise<void> => clock.sleep(ms, signal).catch(() => undefined);
  return async (raw, { request, response }, startRun) => {
    const openStream = (): Listener => streams.open(response, {});
    await raw(response, { request, signal, sleep, startRun, openStream });
    return undefined;
  };
}

export function playReply({ status, code, message = '', html, body, headers = {} }: HttpReply): Reply {
  if (html !== undefined)
    return { status, bytes: Buffer.from(html), headers: { 'Content-Type': 'text/html', ...headers } };
  if (body !== undefined)
    return { status, bytes: Buffer.from(body), headers: { 'Content-Type': 'application/json', ...headers } };
  return { status, json: { code: code ?? 'unknown', message, status }, headers };
}
