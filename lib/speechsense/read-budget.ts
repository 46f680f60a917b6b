import type { Clock } from '../core/clock';

/** How many more talks may be read, so that the service's quota lasts. */
export interface ReadBudget {
  /** At this moment. */
  room(now: number): number;
  /** When there will be room for one at least. */
  freeAt(now: number): number;
  spend(talks: number, now: number): void;
}

/**
 * The quota is per project, and what people open in the service's own pages counts as well: a fifth is left to them.
 */
const windows = [
  { ms: 1000, most: 16 },
  { ms: 60_000, most: 160 },
  { ms: 3600_000, most: 1600 },
  { ms: 24 * 3600_000, most: 16_000 },
] as const;
const longestMs = Math.max(...windows.map(({ ms }) => ms));

export function createReadBudget(): ReadBudget {
  let spent: { at: number; talks: number }[] = [];

  /** A wall clock can be set back; what was spent in its future would never be over. */
  const within = (ms: number, now: number): typeof spent =>
    spent.filter(({ at }) => at <= now && now - at < ms);

  function left({ ms, most }: (typeof windows)[number], now: number): number {
    return most - within(ms, now).reduce((sum, { talks }) => sum + talks, 0);
  }

  return {
    room: (now) => Math.max(0, Math.min(...windows.map((window) => left(window, now)))),
    freeAt(now) {
      const full = windows.filter((window) => left(window, now) <= 0);
      return Math.max(now, ...full.map((window) => freedAt(window, within(window.ms, now))));
    },
    spend(talks, now) {
      spent = [...within(longestMs, now), { at: now, talks }];
    },
  };
}

const budgets = new WeakMap<Clock, Map<string, ReadBudget>>();

/** One for all in this process who name the same project; whoever names none has one of his own. */
export function readBudgetOf(authority: string, projectId: string | undefined, clock: Clock): ReadBudget {
  const project = projectId?.trim() ?? '';
  if (project === '') return createReadBudget();
  // Moments of two clocks cannot be compared.
  const known = budgets.get(clock) ?? new Map<string, ReadBudget>();
  budgets.set(clock, known);
  const key = `${authority}\n${project}`;
  const budget = known.get(key) ?? createReadBudget();
  known.set(key, budget);
  return budget;
}

/** Of what was spent in a full window, the oldest pieces have to be over until there is room again. */
function freedAt(
  { ms, most }: (typeof windows)[number],
  spent: readonly { at: number; talks: number }[],
): number {
  let used = spent.reduce((sum, { talks }) => sum + talks, 0);
  for (const { at, talks } of spent) {
    used -= talks;
    if (used < most) return at + ms;
  }
  return 0;
}
