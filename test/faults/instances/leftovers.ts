import type Redis from 'ioredis';

/** How many keys there are of each pattern: ids are written as `*`. */
export async function keyPatterns(redis: Redis): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1000);
    for (const key of keys) {
      const pattern = patternOf(key);
      counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
    }
    cursor = next;
  } while (cursor !== '0');
  return new Map([...counts].sort(([left], [right]) => left.localeCompare(right)));
}

/** Words stay, and what has a digit in it or comes after such a part is an id. */
function patternOf(key: string): string {
  const parts = key.split(':');
  const firstId = parts.findIndex((part) => /\d/.test(part));
  return firstId < 0 ? key : [...parts.slice(0, firstId), '*'].join(':');
}

/** What may be there when nobody has anything to do. */
export const keptPatterns: readonly RegExp[] = [
  // Bots, tokens, who is believed; and for a day how far each answer had come, and which events have come.
  /^\{bitbot\}:~:value:/,
  /^\{bitbot\}:~:seen:/,
  // Who is there, what one does alone, the keys of what is sealed, and a key to try whether Redis can be written.
  /^\{bitbot\}:~:(attendance|beats|holds|keys|moved|probe)$/,
  // What the instances tell of themselves, and how much the portal may still be asked.
  /^\{bitbot\}:~:(instances$|instance:|budget:)/,
  // Of the queue that wakes, whatever lies in it; a job that is left would have a number behind these.
  /^\{bitbot\}:~:jobs:inbox:(events|id|meta|stalled-check)$/,
];
