// Replies of the server, whose types nobody promises.

export const asList = (reply: unknown): readonly unknown[] => (Array.isArray(reply) ? reply : []);
export const asNumber = (reply: unknown): number => Number(reply ?? 0);
export const asText = (reply: unknown): string | undefined => (typeof reply === 'string' ? reply : undefined);
export const isYes = (reply: unknown): boolean => asNumber(reply) === 1;

/** A flat list in groups of so many. */
export function* groupsOf(list: readonly unknown[], size: number): Generator<readonly unknown[]> {
  for (let start = 0; start + size <= list.length; start += size) yield list.slice(start, start + size);
}
