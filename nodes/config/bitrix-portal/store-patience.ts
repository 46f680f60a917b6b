import { systemClock } from '../../../lib/core/clock';
import { inTime } from '../../../lib/conversation/intake/in-time';
import type { IntakeGate } from '../../../lib/bitrix24/events/event-intake';
import { appRequestKind } from '../../../lib/bitrix24/oauth';
import type { TokenVault } from '../../../lib/bitrix24/rest/credential';
import { redisUnavailable } from '../../../lib/store/redis/reasons';
import type { StoreSource } from '../../../lib/store/store';
import type { StoreOffer } from '../../runtime/stores';

/** The portals of an app are read once. That waits for a store that cannot be opened yet, so that no deploy is needed. */
export function patientVault(vault: TokenVault, store: StoreOffer): TokenVault {
  return {
    ...vault,
    async list() {
      await whenOpen(store);
      return vault.list();
    },
  };
}

/** For how long a Redis may be looked for while somebody waits who has posted an event. */
const OPENING_MS = 2000;

/** Where events can be kept without the store, whoever has to be believed first is not kept waiting for it either. */
export function impatientSource({ source, standIn }: StoreOffer): StoreSource {
  if (!standIn) return source;
  return () => inTime(systemClock, OPENING_MS, source(), () => redisUnavailable('TIMEOUT', false));
}

/** Whoever posts meanwhile is not kept waiting: Bitrix24 takes a late answer for none. */
export function impatientGate(gate: IntakeGate, store: StoreOffer): IntakeGate {
  const source = impatientSource(store);
  return {
    ...gate,
    async accepts(envelope, body) {
      await source();
      return gate.accepts(envelope, body);
    },
    async receiveApp(request) {
      if (appRequestKind(request) !== undefined) await source();
      return gate.receiveApp?.(request);
    },
    async receivePage(request) {
      await source();
      return gate.receivePage?.(request);
    },
  };
}

function whenOpen(store: StoreOffer): Promise<void> {
  return new Promise((resolve) => {
    store.onState(({ state }) => {
      if (state === 'ready') resolve();
    });
  });
}
