/** Things that are worked on, each once at a time. */
export interface InHand<T> {
  /** Resolves at once for one that is in hand: it is worked on once more then, as the last who came wants it. */
  take(name: string, wish: T): Promise<void>;
  size(): number;
}

/**
 * Whoever comes while a thing is in hand may have come too late for the work under way: what that has finished with may
 * be there anew. To send them away would be to forget it. `work` tells of its failures itself.
 */
export function createInHand<T>(
  work: (name: string, wish: T) => Promise<void>,
  onChange: () => void,
): InHand<T> {
  const held = new Set<string>();
  const wishes = new Map<string, { readonly wish: T }>();

  return {
    async take(name, wish) {
      wishes.set(name, { wish });
      if (held.has(name)) return;
      held.add(name);
      onChange();
      // Nothing may be awaited between the last look for a wish and letting go.
      for (let next = wishes.get(name); next; next = wishes.get(name)) {
        wishes.delete(name);
        await work(name, next.wish).catch(() => undefined);
      }
      held.delete(name);
      onChange();
    },
    size: () => held.size,
  };
}
