import type { Clock } from '../../core/clock';
import type { KeyRing } from '../key-ring';
import type { Life } from './life';
import type { RedisLink } from './link';
import type { RedisNames } from './names';
import type { Durability } from './durability';

/** What all operations work on. */
export interface RedisDesk {
  link: RedisLink;
  names: RedisNames;
  keys: RedisKeys;
  durability: Durability;
  /** Of this process. */
  clock: Clock;
  life: Life;
  /** Added to the server's clock: 0, but for tests. */
  shiftMs: () => number;
  /** This open store, among all that share the Redis. */
  instance: string;
}

export interface RedisKeys {
  readonly ring: KeyRing;
  /** Another process may have changed the keys. Rejects when they cannot be read. */
  refresh(): Promise<void>;
}
