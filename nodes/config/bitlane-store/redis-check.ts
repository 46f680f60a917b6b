import { UnreachableError } from '../../../lib/core/errors';
import type { RedisWish } from '../../../lib/store/leases';
import { noticesOf, type ServerFacts } from '../../../lib/store/redis/server-facts';
import { tryRedis, type RedisTrial } from '../../../lib/store/redis/try-redis';
import type { StoreStats } from '../../../lib/store/store';
import type { ActionAnswer } from '../../runtime/admin-action';
import { numberText } from '../../runtime/amounts';
import type { Translate } from '../../runtime/explain';
import { findRedisStore } from '../../runtime/stores';

/** The server is asked by a connection of its own, as somebody who comes for the first time. */
export async function checkRedis(
  { redis, encryptionKey }: RedisWish,
  translate: Translate,
): Promise<ActionAnswer> {
  const place = redis.address.label;
  const say = (key: string, params: Record<string, string | number> = {}): string =>
    translate(`bitlane-store.check.${key}`, { folder: place, ...params });
  const trial = await tryRedis(redis, encryptionKey).catch((thrown: unknown) => reasonIn(thrown));
  if (typeof trial === 'string') return { ok: false, message: say(troubleOf(trial), { reason: trial }) };
  if (trial.isKeyForeign) return { ok: false, message: say('redisKey') };
  // One that has not been opened yet is not waited for.
  const stats = await findRedisStore(redis)
    ?.source()
    .then((store) => store.stats())
    .catch(() => undefined);
  const sentences = [
    ...(stats ? openSentences(stats, say) : [say('redisClosed')]),
    serverSentence(trial, say, translate),
    ...noticesOf(trial.facts).map(({ code, params }) => translate(`bitlane.error.${code}`, params)),
  ];
  const isUsable = stats === undefined || stats.state === 'ready';
  return { ok: isUsable, message: sentences.join(' '), details: { folder: place, ...stats, ...trial } };
}

type Say = (key: string, params?: Record<string, string | number>) => string;

function openSentences(stats: StoreStats, say: Say): string[] {
  const { liveKeys, waiting, claimed, dead, unreadable, state, reason = '' } = stats;
  return [
    say(state === 'ready' ? 'open' : 'broken', { reason }),
    say('redisKept', { keys: liveKeys, waiting: waiting + claimed, dead }),
    ...(unreadable > 0 ? [say('unreadable', { count: unreadable })] : []),
  ];
}

function serverSentence({ facts, writeMs }: RedisTrial, say: Say, translate: Translate): string {
  const ms = numberText(Math.max(0.1, writeMs), translate);
  const { version, maxmemoryPolicy = '?' } = facts;
  return say('redisServer', { version, ms, policy: maxmemoryPolicy, journal: journalOf(facts) });
}

function journalOf({ isJournalOn, journalSync = '' }: ServerFacts): string {
  if (isJournalOn === undefined) return '?';
  return isJournalOn ? `yes ${journalSync}`.trim() : 'no';
}

const denied: ReadonlySet<string> = new Set(['WRONGPASS', 'NOAUTH', 'NOPERM']);
const untrusted = /CERT|TLS|SSL/;

function troubleOf(reason: string): string {
  if (denied.has(reason)) return 'redisDenied';
  if (reason === 'READONLY') return 'redisReplica';
  if (reason === 'OOM') return 'redisFull';
  return untrusted.test(reason) ? 'redisCertificate' : 'redisAway';
}

function reasonIn(thrown: unknown): string {
  if (thrown instanceof UnreachableError) return String(thrown.params.reason ?? '');
  throw thrown;
}
