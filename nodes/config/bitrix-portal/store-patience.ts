import type { IntakeGate } from '../../../lib/bitrix24/events/event-intake';
import { appRequestKind } from '../../../lib/bitrix24/oauth';
import type { TokenVault } from '../../../lib/bitrix24/rest/credential';
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

/** Whoever posts meanwhile is not kept waiting: Bitrix24 takes a late answer for none. */
export function impatientGate(gate: IntakeGate, store: StoreOffer): IntakeGate {
  return {
    ...gate,
    async accepts(envelope, body) {
      await store.source();
      return gate.accepts(envelope, body);
    },
    async receiveApp(request) {
      if (appRequestKind(request) !== undefined) await store.source();
      return gate.receiveApp?.(request);
    },
    async receivePage(request) {
      await store.source();
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
