import type { EndpointName } from './call';
import type { Fault } from './faults';

export interface Order {
  /** `own` for one that has no name. */
  name: string;
  fault: Fault;
}

/** Every bot, and calls that concern none. */
export const anyBot = '*';

/** What the test has ordered for the calls to come. */
export interface Orders {
  script: (bot: string, orders: readonly Order[]) => void;
  always: (bot: string, order: Order | undefined) => void;
  take: (bot: string | undefined, endpoint: EndpointName) => Order | undefined;
  clear: () => void;
}

export function createOrders(): Orders {
  let queue: { bot: string; order: Order }[] = [];
  const standing = new Map<string, Order>();
  const isFor = (wanted: string, bot: string | undefined): boolean => wanted === anyBot || wanted === bot;

  return {
    script: (bot, orders) => void queue.push(...orders.map((order) => ({ bot, order }))),
    always(bot, order) {
      if (order) standing.set(bot, order);
      else standing.delete(bot);
    },
    take(bot, endpoint) {
      const next = queue.find((one) => isFor(one.bot, bot) && fits(one.order, endpoint));
      queue = queue.filter((one) => one !== next);
      if (next) return next.order;
      return [...standing].find(([wanted, order]) => isFor(wanted, bot) && fits(order, endpoint))?.[1];
    },
    clear() {
      queue = [];
      standing.clear();
    },
  };
}

function fits({ fault: { on = 'chat' } }: Order, endpoint: EndpointName): boolean {
  return on === 'chat'
    ? endpoint === 'start' || endpoint === 'continue' || endpoint === 'preview'
    : on === endpoint;
}
