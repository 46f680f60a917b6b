import type { Clock } from '../../core/clock';
import { createLimiter, type BucketRules, type PortalLimiter } from './limiter';

export type PortalPlan = 'standard' | 'enterprise';

export interface LimiterLease {
  readonly limiter: PortalLimiter;
  release(): void;
}

interface SharedLimiter {
  readonly limiter: PortalLimiter;
  readonly clock: Clock;
  readonly plans: Set<{ plan: PortalPlan }>;
}

const planRules: Readonly<Record<PortalPlan, BucketRules>> = {
  standard: { perSecond: 2, bucket: 50 },
  enterprise: { perSecond: 5, bucket: 250 },
};

/** One for the whole process: the portal counts requests by the address they come from, whoever made them. */
const limiters = new Map<string, SharedLimiter>();

/** The limiter that everybody who calls this origin (scheme, host, port) shares. */
export function leaseLimiter(
  origin: string,
  options: { plan: PortalPlan; clock: Clock; random?: (() => number) | undefined },
): LimiterLease {
  forgetUnused();
  const shared = reusable(limiters.get(origin), options.clock) ?? createShared(origin, options);
  const lease = { plan: options.plan };
  shared.plans.add(lease);
  return {
    limiter: shared.limiter,
    release: () => {
      shared.plans.delete(lease);
      forgetUnused();
    },
  };
}

function createShared(
  origin: string,
  { clock, random }: { clock: Clock; random?: (() => number) | undefined },
): SharedLimiter {
  const plans: SharedLimiter['plans'] = new Set();
  const rules = (): BucketRules => {
    // Two settings for one portal cannot both be right; the careful one does no harm.
    const isEnterprise = plans.size > 0 && [...plans].every(({ plan }) => plan === 'enterprise');
    return planRules[isEnterprise ? 'enterprise' : 'standard'];
  };
  const shared = { limiter: createLimiter({ rules, clock, random }), clock, plans };
  limiters.set(origin, shared);
  return shared;
}

function reusable(shared: SharedLimiter | undefined, clock: Clock): SharedLimiter | undefined {
  return shared && (shared.plans.size > 0 || shared.clock === clock) ? shared : undefined;
}

/** After a deploy the portal's bucket is as full as before, so a limiter outlives its users until it has run out. */
function forgetUnused(): void {
  for (const [origin, { limiter, plans }] of limiters) {
    if (plans.size === 0 && limiter.isIdle()) limiters.delete(origin);
  }
}
