import type { LiveNode } from './host';
import type { Entry } from './ledger';
import type { Registry } from './registry';
import type { Running } from './running';

/** Seen, and not ours: without it the messages of other flows would be adopted on their next hop. */
const foreign = '-';
const nobody: readonly Entry[] = [];

export interface Ownership {
  /** The flows that a message belongs to, from now on also by its mark. `source`: the node that sends it. */
  of(message: object, source?: LiveNode): readonly Entry[];
  /** The same without marking or guessing. */
  known(message: object): readonly Entry[];
  /** A flow that has ended and still claims this message. */
  endedOwner(message: object): Entry | undefined;
  claim(message: object, owners: readonly Entry[]): void;
  /** The flow behind something that a node does outside its message handling. */
  guess(fits: (node: LiveNode) => boolean): readonly Entry[];
}

export function createOwnership(registry: Registry, running: Running): Ownership {
  /**
   * A symbol survives copies, split, join, subflows and link calls, and shows up neither in JSON nor among the keys.
   * Each copy of the pack in a process has its own, so that none takes the marks of another for its own.
   */
  const tagKey = Symbol('bitlane.flow');

  /** Writing fails without a word on a frozen message; those are known by their id. */
  function claim(message: object, owners: readonly Entry[]): void {
    Reflect.set(message, tagKey, owners.length === 0 ? foreign : owners.map(({ id }) => id).join(' '));
  }

  function liveOwners(tag: string): readonly Entry[] {
    const single = registry.live.get(tag);
    if (single) return single.alone;
    if (!tag.includes(' ')) return nobody;
    return tag.split(' ').flatMap((id) => registry.live.get(id) ?? []);
  }

  function byMessageId(message: object): readonly Entry[] {
    return registry.liveByMessageId(Reflect.get(message, '_msgid'))?.alone ?? nobody;
  }

  function holdersAt(fits: (node: LiveNode) => boolean): readonly Entry[] {
    const holders = [...registry.live.values()].filter((entry) => holdsAt(entry, fits));
    return holders.length === 0 ? nobody : holders;
  }

  function guess(fits: (node: LiveNode) => boolean): readonly Entry[] {
    const frame = running.find(fits);
    if (frame) return frame.owners;
    const ambient = registry.live.get(running.ambient() ?? '');
    // A pooled connection may still run for another flow than the one it answers.
    if (ambient && holdsAt(ambient, fits)) return ambient.alone;
    const holders = holdersAt(fits);
    return holders.length > 0 ? holders : (ambient?.alone ?? nobody);
  }

  /** Catch, complete and status nodes, and link calls: handed over within somebody's handling, with no sender. */
  function ofHandedOver(): readonly Entry[] {
    const frame = running.top();
    return frame ? frame.owners : (registry.live.get(running.ambient() ?? '')?.alone ?? nobody);
  }

  function adopters(message: object, tag: unknown, source: LiveNode | undefined): readonly Entry[] {
    const identified = byMessageId(message);
    if (identified.length > 0) return identified;
    if (!source) return ofHandedOver();
    const isSource = (node: LiveNode): boolean => node === source;
    const isLate = typeof tag === 'string' && registry.ended(tag) !== undefined;
    return isLate ? (running.find(isSource)?.owners ?? nobody) : guess(isSource);
  }

  return {
    claim,
    guess,

    of(message, source) {
      const tag: unknown = Reflect.get(message, tagKey);
      if (tag === foreign) return nobody;
      const marked = typeof tag === 'string' ? liveOwners(tag) : nobody;
      if (marked.length > 0) return marked;
      const owners = adopters(message, tag, source);
      // The mark of a flow that has just ended stays: it is how a late message is recognised.
      const isLate = typeof tag === 'string' && registry.ended(tag) !== undefined;
      if (owners.length > 0 || !isLate) claim(message, owners);
      return owners;
    },

    known(message) {
      const tag: unknown = Reflect.get(message, tagKey);
      const marked = typeof tag === 'string' ? liveOwners(tag) : nobody;
      return marked.length > 0 || tag === foreign ? marked : byMessageId(message);
    },

    endedOwner(message) {
      const tag: unknown = Reflect.get(message, tagKey);
      return typeof tag === 'string' ? registry.ended(tag) : undefined;
    },
  };
}

function holdsAt(entry: Entry, fits: (node: LiveNode) => boolean): boolean {
  for (const { node } of entry.open) if (node && fits(node)) return true;
  return false;
}
