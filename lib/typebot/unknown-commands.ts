import type { Clock } from '../core/clock';

/** Which commands a bot was found not to have. */
export interface UnknownCommands {
  has(name: string): boolean;
  add(name: string): void;
}

/** The bot may get the command with its next publication. */
const keptMs = 15 * 60_000;
/** People can write anything behind a slash. */
const most = 500;

export function createUnknownCommands(clock: Clock): UnknownCommands {
  const seenAt = new Map<string, number>();
  return {
    has(name) {
      const at = seenAt.get(name);
      if (at === undefined) return false;
      const age = clock.now() - at;
      if (age >= 0 && age < keptMs) return true;
      seenAt.delete(name);
      return false;
    },
    add(name) {
      const [oldest] = seenAt.keys();
      if (oldest !== undefined && seenAt.size >= most) seenAt.delete(oldest);
      seenAt.set(name, clock.now());
    },
  };
}
