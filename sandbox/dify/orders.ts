import type { DifyApp } from './app';
import { createGate, type Gate } from '../shared/gates';
import { isForAnyEndpoint, planOf, type Plan } from './plans';
import type { EndpointName, HoldPoint, Scenario } from './scenario';

/** What the test has ordered for the calls to come. */
export interface Orders {
  script: (app: DifyApp, scenarios: readonly Scenario[]) => void;
  always: (app: DifyApp, scenario: Scenario | undefined) => void;
  hold: (app: DifyApp, point: HoldPoint) => Gate;
  take: (app: DifyApp, endpoint: EndpointName) => Plan | undefined;
  takeHolds: (app: DifyApp) => ReadonlyMap<HoldPoint, Gate>;
  clear: () => void;
}

export function createOrders(): Orders {
  let queue: { app: DifyApp; plan: Plan }[] = [];
  const standing = new Map<DifyApp, Plan>();
  const holds = new Map<DifyApp, Map<HoldPoint, Gate>>();

  return {
    script(app, scenarios) {
      queue.push(...scenarios.map((scenario) => ({ app, plan: checked(planOf(scenario)) })));
    },
    always(app, scenario) {
      if (scenario === undefined) standing.delete(app);
      else standing.set(app, checked(planOf(scenario)));
    },
    hold(app, point) {
      const gate = createGate();
      holds.set(app, (holds.get(app) ?? new Map<HoldPoint, Gate>()).set(point, gate));
      return gate;
    },
    take(app, endpoint) {
      const found = queue.find((order) => order.app === app && endpointOf(order.plan) === endpoint);
      queue = queue.filter((order) => order !== found);
      if (found) return found.plan;
      const plan = standing.get(app);
      return plan && endpointOf(plan) === endpoint ? plan : undefined;
    },
    takeHolds(app) {
      const taken = holds.get(app);
      holds.delete(app);
      return taken ?? new Map<HoldPoint, Gate>();
    },
    clear() {
      queue = [];
      standing.clear();
      holds.clear();
    },
  };
}

function endpointOf({ on = 'run' }: Plan): EndpointName {
  return on;
}

/** A scenario for runs would do nothing elsewhere, and the test would believe it had. */
function checked(plan: Plan): Plan {
  const endpoint = endpointOf(plan);
  if (endpoint === 'run' || isForAnyEndpoint(plan)) return plan;
  if (endpoint === 'events' && plan.steps === undefined && plan.answers.length === 0) return plan;
  throw new Error(`${plan.name} cannot be played on ${endpoint}`);
}
