/** Operating time per method: ten one-minute buckets; the call after the one that crosses the limit is refused. */
export interface OperatingTime {
  spend: (method: string, seconds: number) => void;
  isBlocked: (method: string) => boolean;
  used: (method: string) => number;
  /** Unix seconds at which the oldest bucket drops out. */
  resetAt: (method: string) => number;
}

const windowMinutes = 10;
export const operatingLimitSeconds = 480;

export function createOperatingTime(now: () => number): OperatingTime {
  const spent = new Map<string, Map<number, number>>();
  const minute = (): number => Math.floor(now() / 60_000);

  function buckets(method: string): Map<number, number> {
    const known = spent.get(method) ?? new Map<number, number>();
    for (const start of known.keys()) if (start <= minute() - windowMinutes) known.delete(start);
    spent.set(method, known);
    return known;
  }

  const used = (method: string): number => [...buckets(method).values()].reduce((sum, part) => sum + part, 0);

  return {
    spend(method, seconds) {
      const known = buckets(method);
      known.set(minute(), (known.get(minute()) ?? 0) + seconds);
    },
    isBlocked: (method) => used(method) > operatingLimitSeconds,
    used,
    resetAt(method) {
      const oldest = Math.min(minute(), ...buckets(method).keys());
      return (oldest + windowMinutes) * 60;
    },
  };
}
