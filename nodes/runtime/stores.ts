import { resolve } from 'node:path';
import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';
import type { HeldFolder } from '../../lib/store/held-folder';
import { createStoreLeases, type StoreLease, type StoreWish } from '../../lib/store/leases';
import type { HeldRedis, RedisPlace } from '../../lib/store/redis/held-redis';
import { redisUnavailable } from '../../lib/store/redis/reasons';
import type { SharedBudget } from '../../lib/store/shared-budget';
import type { StoreCondition, StoreOffer } from '../../lib/store/offer';
import type { Notice } from '../../lib/store/open-report';
import { explain } from './explain';
import type { Shell } from './shell';

export type { StoreLease, StoreWish } from '../../lib/store/leases';
export type { StoreCondition, StoreOffer } from '../../lib/store/offer';

/** All stores of this process. */
const leases = createStoreLeases();

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What a store node starts with, and what holds where there is none. */
export const storeDefaults = { keyPrefix: 'bitbot', eventMaxAgeMinutes: 60, deadLetterDays: 14 } as const;

/** Where a store lies: a path from the user folder on, or the folder that nodes share which name none of their own. */
export function storeFolder(RED: { settings: { userDir?: string | undefined } }, written = ''): string {
  return resolve(RED.settings.userDir ?? process.cwd(), written === '' ? 'bitlane' : written);
}

/** For people: the folder, or the Redis without its password. */
export function storePlace(RED: NodeAPI, wish: StoreWish): string {
  return 'redis' in wish ? wish.redis.address.label : storeFolder(RED, wish.folder);
}

/** Throws CONFIG_INVALID for a key that cannot be used. The store is opened by its first use. */
export function leaseStore(RED: NodeAPI, wish: StoreWish): StoreLease {
  return leases.lease('redis' in wish ? wish : { ...wish, folder: storeFolder(RED, wish.folder) });
}

/** The store of the nodes that have not chosen one. */
export function leaseSharedStore(RED: NodeAPI): StoreLease & StoreOffer {
  return { ...leaseStore(RED, { folder: '' }), ...limitsOf(storeDefaults) };
}

/** The folder, while some node of this process uses it. */
export function findStore(folder: string): HeldFolder | undefined {
  return leases.find(folder);
}

/** The Redis, while some node of this process uses it. */
export function findRedisStore(place: RedisPlace): HeldRedis | undefined {
  return leases.findRedis(place);
}

export interface StoreLimits {
  keyPrefix: string;
  eventMaxAgeMinutes: number;
  deadLetterDays: number;
}

export function limitsOf(
  limits: StoreLimits,
): Pick<StoreOffer, 'keyPrefix' | 'eventMaxAgeMs' | 'deadLetterMs'> {
  return {
    keyPrefix: limits.keyPrefix,
    eventMaxAgeMs: limits.eventMaxAgeMinutes * MINUTE_MS,
    deadLetterMs: limits.deadLetterDays * DAY_MS,
  };
}

/** What the Node-RED with this Redis may ask of a portal that takes them for one, as they have the same address. */
export function sharedBudgetOf(wish: StoreWish): SharedBudget | undefined {
  if (!('redis' in wish)) return undefined;
  return {
    async settle(name, report) {
      const held = leases.findRedis(wish.redis);
      // Nobody who calls a portal waits for a Redis that is being tried again.
      if (held?.condition().state !== 'ready') throw redisUnavailable('CLOSED', false);
      return (await held.source()).budget.settle(name, report);
    },
  };
}

/** After these nothing is to be done; the others are for a person to look at. */
const harmless: ReadonlySet<string> = new Set(['STORE_TAKEN_OVER', 'STORE_CUT']);
/** The store works; a person decides whether what the server promises is enough. */
const worrying: ReadonlySet<string> = new Set([
  ...['STORE_NETWORK', 'STORE_REDIS_VOLATILE', 'STORE_REDIS_EVICTION', 'STORE_REDIS_OLD'],
]);

type Voice = Pick<Shell, 'status' | 'log' | 'warn' | 'report' | 'recovered' | 'translate' | 'onClose'>;

/** Has a node say how its store is: in its status, to Catch nodes and in the log. */
export function tellOfStore(shell: Voice, type: string, store: Pick<StoreOffer, 'onState'>): void {
  const tell = (notice: Notice): void => {
    const news = new InvalidError(notice.code, 'found when the store was opened', { params: notice.params });
    if (harmless.has(notice.code)) shell.log(explain(news, shell.translate, type).message);
    else if (worrying.has(notice.code)) {
      shell.warn(news);
      const { word, error } = shell.status.now();
      // What Redis says of itself is for the log: nodes with it go on as they are.
      if (!error && notice.code === 'STORE_NETWORK') shell.status.show(word, `bitlane.brief.${notice.code}`);
    } else shell.report(news);
  };
  const onOpen = ({ notices }: { notices: readonly Notice[] }): void => notices.forEach(tell);
  const onMended = (): void => shell.recovered((code) => code.startsWith('STORE_'));
  follow(shell, store, { onTrouble: shell.report, onMended, onOpen });
}

/** In its status alone: the store speaks for itself. */
export function showStore(shell: Shell, store: Pick<StoreOffer, 'onState'>): void {
  follow(shell, store, {
    onTrouble: (error) => shell.status.fail(error),
    onMended: () => undefined,
    onOpen: () => undefined,
  });
}

interface Reaction {
  onTrouble: (error: Error) => void;
  onMended: () => void;
  onOpen: (condition: { notices: readonly Notice[] }) => void;
}

function follow(
  shell: Pick<Voice, 'status' | 'onClose'>,
  store: Pick<StoreOffer, 'onState'>,
  { onTrouble, onMended, onOpen }: Reaction,
): void {
  let isRed = false;
  const listener = (condition: StoreCondition): void => {
    if (condition.state === 'opening') return;
    if (condition.state === 'unavailable') onTrouble(condition.error);
    else {
      if (isRed) {
        shell.status.show('ready');
        onMended();
      }
      onOpen(condition);
    }
    isRed = condition.state === 'unavailable';
  };
  shell.onClose(store.onState(listener));
}
