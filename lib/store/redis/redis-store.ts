import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock';
import { CancelledError } from '../../core/errors';
import { keyFromText } from '../key-text';
import { repeat } from '../maintenance';
import type { Notice } from '../open-report';
import type { Store, StoreStats } from '../store';
import type { SharedBudget } from '../shared-budget';
import type { RedisAddress } from './address';
import { createRedisBudget } from './budget';
import { createRedisClient } from './client';
import type { RedisDesk } from './desk';
import { createSyncedDurability, durabilityOfServer, type Durability } from './durability';
import { createRedisHolds } from './holds';
import { createRedisInstances } from './instances';
import { createKeyRecord, type KeyRecord } from './key-record';
import { createLife } from './life';
import { createLink, type LinkOptions, type RedisLink } from './link';
import { createNames, type RedisNames } from './names';
import { countQueues, countValues, createOverview, noCounts, type Counts } from './overview';
import { createPresence, sweepLetters } from './presence';
import { createQueueOperations } from './queues';
import { createRollCall } from './roll-call';
import { rotateValues } from './rotation';
import { createServerClock } from './server-clock';
import { askServer, canTellSync, noticesOf, type ServerFacts } from './server-facts';
import { createValueOperations } from './values';
import type { WakeTimes } from './wakes/times';
import { createWakesOf } from './wakes/wakes-of';

export interface RedisStoreOptions {
  address: RedisAddress;
  /** The first part of session keys. All else lies apart from them: see names.ts. */
  keyPrefix: string;
  /** As a person has typed it; the same for all who share the Redis. */
  encryptionKey: string;
  /** Told when Redis stops working for us, with the reason in one word, and when it works again. */
  onStateChange?: (reason: string | undefined) => void;
  clock?: Clock;
  /** Milliseconds that are never set back. */
  monotonic?: () => number;
  connectMs?: number;
  /** The time limit of every command (2 000). */
  commandMs?: number;
  /** How often a Redis that failed is tried again (1 000). */
  probeMs?: number;
  /** How often we say that we are there, and look after the others (5 000). */
  beatMs?: number;
  /** One that was silent for so long is dead (20 000): longer than a process stands still that is well. */
  deadAfterMs?: number;
  /** Of the wake-ups, for tests. */
  wakeTimes?: Partial<WakeTimes>;
  sweepMs?: number;
  /** Added to the server's clock, for tests: everything but the time to live of plain keys goes by it. */
  shiftMs?: () => number;
}

export interface RedisStore extends Store {
  readonly facts: ServerFacts;
  /** The name of this open store among all that share the Redis. */
  readonly instance: string;
  readonly budget: SharedBudget;
  /** What a person should be told. */
  readonly notices: readonly Notice[];
  /** Another encryption key from now on. Others who share the Redis need it when they start the next time. */
  useEncryptionKey(text: string): Promise<void>;
}

const defaults = {
  clock: systemClock,
  monotonic: () => performance.now(),
  connectMs: 5000,
  commandMs: 2000,
  probeMs: 1000,
  beatMs: 5000,
  deadAfterMs: 20_000,
  wakeTimes: {},
  sweepMs: 60_000,
  shiftMs: () => 0,
  onStateChange: () => undefined,
};

type Settings = Required<RedisStoreOptions>;

/** How old the number of keys may be that `stats` tells. */
const countAgeMs = 30_000;
const syncWaitMs = 4000;

/** Rejects with STORE_UNAVAILABLE, or with CONFIG_INVALID when the Redis is in use with another key. */
export async function openRedisStore(given: RedisStoreOptions): Promise<RedisStore> {
  const settings: Settings = { ...defaults, ...given };
  const personalKey = await keyFromText(settings.encryptionKey);
  const names = createNames(settings.keyPrefix);
  let keys: KeyRecord | undefined;
  const stutters = new Set<() => void>();
  const link = await linkTo(settings, names, settings.commandMs, {
    onChange: settings.onStateChange,
    onLate: () => stutters.forEach((listener) => listener()),
    // The server may have come back empty.
    onConnected: async () => keys?.refresh(),
  });
  try {
    await link.connect();
    const facts = await askServer(link);
    keys = createKeyRecord(link, names.keys, personalKey);
    await keys.open();
    return assemble(settings, link, names, keys, facts, stutters);
  } catch (failure) {
    await link.close();
    throw failure;
  }
}

async function linkTo(
  settings: Settings,
  names: RedisNames,
  commandMs: number,
  listeners: Pick<LinkOptions, 'onChange' | 'onConnected' | 'onLate'>,
): Promise<RedisLink> {
  const { address, connectMs, clock, probeMs } = settings;
  const client = await createRedisClient(address, { connectMs, commandMs });
  return createLink({ client, clock, probeKey: names.probe, probeMs, connectMs, ...listeners });
}

interface Syncing {
  durability: Durability;
  close: () => Promise<void>;
}

/** In a cluster a question without a key goes to any shard; there the server's own settings have to do. */
function syncingOf(settings: Settings, names: RedisNames, facts: ServerFacts): Syncing {
  if (!canTellSync(facts) || settings.address.kind === 'cluster') {
    return { durability: durabilityOfServer, close: () => Promise.resolve() };
  }
  let opening: Promise<RedisLink> | undefined;
  const open = async (): Promise<RedisLink> => {
    const listeners = { onChange: () => undefined, onConnected: () => Promise.resolve() };
    const link = await linkTo(settings, names, syncWaitMs + settings.commandMs, listeners);
    await link.connect().catch(async (failure: unknown) => {
      opening = undefined;
      await link.close();
      throw failure;
    });
    return link;
  };
  const link = (): Promise<RedisLink> => (opening ??= open());
  return {
    durability: createSyncedDurability({
      ...{ link, key: `${names.probe}:sync`, shiftMs: settings.shiftMs, waitMs: syncWaitMs },
    }),
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
}

function assemble(
  settings: Settings,
  link: RedisLink,
  names: RedisNames,
  keys: KeyRecord,
  facts: ServerFacts,
  stutters: Set<() => void>,
): RedisStore {
  const { clock, monotonic, beatMs, deadAfterMs, sweepMs, shiftMs } = settings;
  const syncing = syncingOf(settings, names, facts);
  const { durability } = syncing;
  const life = createLife({ deadAfterMs, monotonic, now: () => clock.now() });
  const closing = new AbortController();
  const desk: RedisDesk = { link, names, keys, durability, clock, life, shiftMs, instance: randomUUID() };
  const serverClock = createServerClock(desk);
  const queues = createQueueOperations(desk, serverClock, closing.signal);
  const presence = createPresence(desk, { monotonic, deadAfterMs });
  const rollCall = createRollCall(desk, monotonic);
  const holds = createRedisHolds(desk, closing.signal);
  const instances = createRedisInstances(desk);
  const wakes = createWakesOf(desk, settings);
  // What fails now is done by the next round, and the connection itself has told of it.
  const forgive = (): void => undefined;
  const beat = async (): Promise<void> => {
    const heard = await presence.beat();
    serverClock.note(heard);
    await rollCall.answer(heard);
    await holds.look();
    // The server may have been emptied, or another process may have changed the keys.
    await keys.refresh();
  };
  const stopBeating = repeat(clock, beatMs, beat, forgive);
  const stopSweeping = repeat(clock, sweepMs, () => sweepLetters(desk), forgive);
  // At once, or a process that dies within the first moments would never have been there.
  presence.beat().then(serverClock.note, forgive);

  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort();
    const stopped = Promise.all([stopBeating(), stopSweeping()]);
    await link.close(async () => {
      await instances.leave();
      await presence.leave(queues.handBack());
    });
    await wakes.close();
    await syncing.close();
    await stopped;
  };

  return {
    ...createValueOperations(desk),
    ...queues.operations,
    ...createOverview(desk),
    hold: holds.hold,
    wakes: (wished) => wakes.of(wished),
    facts,
    onStutter(listener) {
      stutters.add(listener);
      return () => void stutters.delete(listener);
    },
    holdsBack: rollCall.holdsBack,
    allMoved: rollCall.allMoved,
    attendedForMs: () => presence.attendedForMs(),
    instance: desk.instance,
    instances,
    budget: createRedisBudget(desk),
    notices: noticesOf(facts),
    rotateKey: (newKey) => rotateValues(desk, keys, newKey),
    useEncryptionKey: async (text) => keys.reseal(await keyFromText(text)),
    stats: createStats(desk, closing.signal, monotonic),
    async flush() {
      await link.call('PING');
      await durability.wait();
    },
    close,
    closed: closing.signal,
  };
}

function createStats(
  desk: RedisDesk,
  closed: AbortSignal,
  monotonic: () => number,
): () => Promise<StoreStats> {
  let counts: Counts = noCounts;
  let countedAt = Number.NEGATIVE_INFINITY;

  const count = async (): Promise<void> => {
    const isOld = monotonic() - countedAt >= countAgeMs;
    const values = isOld ? await countValues(desk) : counts;
    if (isOld) countedAt = monotonic();
    counts = { ...counts, ...values, ...(await countQueues(desk)) };
  };

  return async () => {
    if (!closed.aborted && desk.link.fault() === undefined) {
      await count().catch((thrown: unknown) => {
        // The connection broke meanwhile: what was counted last is told, with the reason.
        if (desk.link.fault() === undefined && !(thrown instanceof CancelledError)) throw thrown;
      });
    }
    const fault = closed.aborted ? undefined : desk.link.fault();
    const state = closed.aborted ? 'closed' : fault === undefined ? 'ready' : 'unavailable';
    return { backend: 'redis', state, reason: fault, ...counts, journal: undefined };
  };
}
