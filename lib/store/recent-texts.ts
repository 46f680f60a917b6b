import type { Payload } from './record';

/** What was sealed or opened last, as it reads: an event is looked at several times before it is handed out. */
export interface RecentTexts {
  note(sealed: Payload, belongsTo: string, text: string): void;
  find(sealed: Payload, belongsTo: string): string | undefined;
  forget(sealed: Payload): void;
}

const most = 512;
const longest = 16_000;

export function createRecentTexts(): RecentTexts {
  /** By the very bytes in memory and not by what they say, so nothing is taken for something else. */
  const known = new Map<Payload, { belongsTo: string; text: string }>();
  return {
    note(sealed, belongsTo, text) {
      if (text.length > longest) return;
      known.set(sealed, { belongsTo, text });
      if (known.size <= most) return;
      for (const oldest of known.keys()) return void known.delete(oldest);
    },
    find(sealed, belongsTo) {
      const found = known.get(sealed);
      return found?.belongsTo === belongsTo ? found.text : undefined;
    },
    forget: (sealed) => void known.delete(sealed),
  };
}
