/** The leaky bucket: every request adds one, the bucket drains at a steady pace. Counted per source address. */
export interface Limits {
  perSecond: number;
  bucket: number;
}

export interface Limiter {
  /** False when this request would overflow the bucket of its source. */
  admit: (source: string) => boolean;
}

export const planLimits: Readonly<Record<'standard' | 'enterprise', Limits>> = {
  standard: { perSecond: 2, bucket: 50 },
  enterprise: { perSecond: 5, bucket: 250 },
};

export function createLimiter(limits: Limits | 'off', now: () => number): Limiter {
  if (limits === 'off') return { admit: () => true };
  const buckets = new Map<string, { level: number; at: number }>();
  return {
    admit(source) {
      const at = now();
      const bucket = buckets.get(source) ?? { level: 0, at };
      const drained = Math.max(0, ((at - bucket.at) / 1000) * limits.perSecond);
      const level = Math.max(0, bucket.level - drained);
      const admitted = level + 1 <= limits.bucket;
      buckets.set(source, { level: admitted ? level + 1 : level, at });
      return admitted;
    },
  };
}
