import type { InstanceBoard } from '../../lib/store/instances';

export interface MadeUpBoard extends InstanceBoard {
  /** By who has told it. */
  readonly told: Map<string, { summary: unknown; ageMs: number }>;
  /** As one process sees it. */
  of(who: string): InstanceBoard;
}

/** Where processes tell of themselves, without a Redis. Everything passes through JSON, as it would there. */
export function createMadeUpBoard(): MadeUpBoard {
  const told: MadeUpBoard['told'] = new Map();
  const of = (who: string): InstanceBoard => ({
    async tell(summary) {
      told.set(who, { summary: JSON.parse(JSON.stringify(summary)), ageMs: 0 });
    },
    list: async () => [...told.values()],
  });
  return { told, of, ...of('') };
}
