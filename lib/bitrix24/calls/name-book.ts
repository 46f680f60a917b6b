import type { Clock } from '../../core/clock';

export interface NameBook {
  /** `undefined`: not known whether there is one. `''`: there is none. */
  get(key: string): string | undefined;
  keep(key: string, name: string): void;
}

export interface NameBookOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  /** For those that were not found: a person may yet get a name. */
  readonly missingTtlMs: number;
  readonly most: number;
}

/** The names asked for last. Which were asked for longest ago, go first. */
export function createNameBook({ clock, ttlMs, missingTtlMs, most }: NameBookOptions): NameBook {
  const names = new Map<string, { readonly name: string; readonly until: number }>();
  return {
    get(key) {
      const known = names.get(key);
      if (known && known.until > clock.now()) return known.name;
      names.delete(key);
      return undefined;
    },
    keep(key, name) {
      names.delete(key);
      names.set(key, { name, until: clock.now() + (name === '' ? missingTtlMs : ttlMs) });
      for (const oldest of names.keys()) {
        if (names.size <= most) return;
        names.delete(oldest);
      }
    },
  };
}
