import type { Clock } from '../../core/clock';
import type { SharedBudget } from '../../store/shared-budget';
import type { BucketRules } from './bucket';
import { createLimiter, type PortalLimiter } from './limiter';
import type { SharedBucket } from './shared-lot';

export type PortalPlan = 'standard' | 'enterprise';

export interface LimiterLease {
  readonly limiter: PortalLimiter;
  release(): void;
}

export interface LimiterWish {
  plan: PortalPlan;
  clock: Clock;
  random?: (() => number) | undefined;
  /** What other processes with the same address count against as well. */
  budget?: SharedBudget | undefined;
}

interface SharedLimiter {
  readonly limiter: PortalLimiter;
  readonly clock: Clock;
  readonly leases: Set<Pick<LimiterWish, 'plan' | 'budget'>>;
}

const planRules: Readonly<Record<PortalPlan, BucketRules>> = {
  standard: { perSecond: 2, bucket: 50 },
  enterprise: { perSecond: 5, bucket: 250 },
};

/** One for the whole process: the portal counts requests by the address they come from, whoever made them. */
const limiters = new Map<string, SharedLimiter>();

/** The limiter that everybody who calls this origin (scheme, host, port) shares. */
export function leaseLimiter(origin: string, wish: LimiterWish): LimiterLease {
  forgetUnused();
  const shared = reusable(limiters.get(origin), wish.clock) ?? createShared(origin, wish);
  const lease = { plan: wish.plan, budget: wish.budget };
  shared.leases.add(lease);
  return {
    limiter: shared.limiter,
    release: () => {
      shared.leases.delete(lease);
      forgetUnused();
    },
  };
}

function createShared(origin: string, { clock, random }: LimiterWish): SharedLimiter {
  const leases: SharedLimiter['leases'] = new Set();
  const rules = (): BucketRules => {
    // Two settings for one portal cannot both be right; the careful one does no harm.
    const isEnterprise = leases.size > 0 && [...leases].every(({ plan }) => plan === 'enterprise');
    return planRules[isEnterprise ? 'enterprise' : 'standard'];
  };
  const bucketOfAll = (): SharedBucket | undefined => {
    // Whoever shares the address shares it for all in this process.
    const budget = [...leases].find((lease) => lease.budget)?.budget;
    return budget && ((report) => budget.settle(origin, report));
  };
  const shared = { limiter: createLimiter({ rules, clock, random, shared: bucketOfAll }), clock, leases };
  limiters.set(origin, shared);
  return shared;
}

function reusable(shared: SharedLimiter | undefined, clock: Clock): SharedLimiter | undefined {
  return shared && (shared.leases.size > 0 || shared.clock === clock) ? shared : undefined;
}

/** After a deploy the portal's bucket is as full as before, so a limiter outlives its users until it has run out. */
function forgetUnused(): void {
  for (const [origin, { limiter, leases }] of limiters) {
    if (leases.size === 0 && limiter.isIdle()) limiters.delete(origin);
  }
}
