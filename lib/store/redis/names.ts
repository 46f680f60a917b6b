/**
 * Where everything lies in Redis, with `bitbot` as the key prefix:
 *
 * - `bitbot:...`: values whose key begins with the prefix, under exactly this key, as BitBot has its sessions.
 * - `{bitbot}:~:...`: all else that is ours. It does not begin with `bitbot:`, so that whoever looks for sessions by
 *   `bitbot:*` does not find it; and the braces put all of it into one hash slot, as a script needs it in a cluster.
 */
export interface RedisNames {
  /** What the keys of raw values begin with. */
  readonly rawPrefix: string;
  /** What the keys of all other values begin with. */
  readonly valuePrefix: string;
  value(key: string): string;
  /** The key of the value that lies there. */
  keyOf(name: string): string;
  seen(id: string): string;
  /** For the scripts, in their order: see scripts.ts. */
  queue(queue: string): readonly string[];
  /** All queues that hold anything: a sorted set, in the order of the names. */
  readonly queues: string;
  /** Queues with items that are not dead: in the order of the names. */
  readonly open: string;
  /** Queues with a claim, and when it runs out. */
  readonly claims: string;
  /** Dead letters that end, and when. */
  readonly deadEnds: string;
  /** What somebody does alone, and who. */
  readonly holds: string;
  /** A rate limit that all have together. */
  budget(name: string): string;
  /** What the keys of BullMQ begin with, which wakes whoever works on a queue. */
  readonly jobs: string;
  /** What an open store tells of itself. */
  instance(id: string): string;
  /** The open stores that may have told something. */
  readonly instances: string;
  /** How often each open store has said that it is there. */
  readonly beats: string;
  /** Since when somebody has been there without a break. */
  readonly attendance: string;
  /** Who has moved here what waited elsewhere, and since when that is asked. */
  readonly moved: string;
  /** The keys of sealed values, themselves sealed. */
  readonly keys: string;
  readonly probe: string;
}

export function createNames(prefix: string): RedisNames {
  const own = `{${prefix}}:~:`;
  const rawPrefix = `${prefix}:`;
  const valuePrefix = `${own}value:`;
  const [queues, claims, deadEnds, open] = [`${own}queues`, `${own}claims`, `${own}dead-ends`, `${own}open`];
  return {
    rawPrefix,
    valuePrefix,
    value: (key) => (key.startsWith(rawPrefix) ? key : valuePrefix + key),
    keyOf: (name) => (name.startsWith(valuePrefix) ? name.slice(valuePrefix.length) : name),
    seen: (id) => `${own}seen:${id}`,
    queue: (queue) => [
      `${own}items:${queue}`,
      `${own}heads:${queue}`,
      `${own}payloads:${queue}`,
      `${own}dead:${queue}`,
      `${own}claim:${queue}`,
      queues,
      claims,
      deadEnds,
      open,
    ],
    queues,
    open,
    claims,
    deadEnds,
    holds: `${own}holds`,
    budget: (name) => `${own}budget:${name}`,
    jobs: `${own}jobs`,
    instance: (id) => `${own}instance:${id}`,
    instances: `${own}instances`,
    beats: `${own}beats`,
    attendance: `${own}attendance`,
    moved: `${own}moved`,
    keys: `${own}keys`,
    probe: `${own}probe`,
  };
}

/** A pattern for exactly this text and anything behind it. */
export const patternOf = (prefix: string): string => `${prefix.replace(/[*?[\]\\^-]/g, '\\$&')}*`;
