import { textAt } from '../../../core/fields';
import type { Callback } from 'ioredis';
import { isAnswer } from '../reasons';
import type { RedisClient } from '../client';

/** A connection as BullMQ needs it. */
export interface BullClient {
  client: RedisClient;
  /** Also what BullMQ has made of it, which may wait for an answer that never comes. */
  disconnect(): void;
}

/** What it is told where it may not ask: the oldest that we work with. */
const unknownServer = 'redis_version:6.2.0\r\n';

/** Its first question is which server this is; where that is not answered it would never begin. */
export function clientForBull(client: RedisClient, onError: (thrown: unknown) => void): BullClient {
  const all: RedisClient[] = [];
  const adopt = (one: RedisClient): RedisClient => {
    all.push(one);
    return Object.assign(one, { info: tolerantInfo(one), duplicate: duplicateOf(one) });
  };
  const watched = (made: RedisClient): RedisClient => adopt(made.on('error', onError));
  /** As each kind of client wants to be told. */
  const duplicateOf = (one: RedisClient): unknown => {
    if ('nodes' in one) {
      const copy = one.duplicate.bind(one);
      return (...given: Parameters<typeof copy>) => watched(copy(...given));
    }
    const copy = one.duplicate.bind(one);
    return (...given: Parameters<typeof copy>) => watched(copy(...given));
  };
  return {
    client: adopt(client),
    disconnect() {
      // Each call has the client wait anew for the other end.
      for (const one of all.splice(0)) one.disconnect();
    },
  };
}

/** The client itself asks too, by a callback, and knows what to make of a refusal. */
const tolerantInfo = (one: RedisClient) => {
  const ask = one.info.bind(one);
  return (callback?: Callback<string>): Promise<string> => {
    if (callback) return ask(callback);
    return ask().catch((thrown: unknown) => {
      if (isRefusal(thrown)) return unknownServer;
      throw thrown;
    });
  };
};

const isRefusal = (thrown: unknown): boolean =>
  isAnswer(thrown) && /^(NOPERM|ERR unknown command)/.test(textAt(thrown, 'message') ?? '');
