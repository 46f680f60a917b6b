import assert from 'node:assert/strict';
import type { IntakeGate } from '../../../lib/bitrix24/events/event-intake';
import { UnreachableError } from '../../../lib/core/errors';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { createTokenVault } from '../../../lib/bitrix24/hub/portal-records';
import { impatientGate, patientVault } from '../../../nodes/config/bitrix-portal/store-patience';
import type { StoreCondition, StoreOffer } from '../../../nodes/runtime/stores';

/** A store that cannot be opened until a test says so. */
function closedStore(): { offer: StoreOffer; open: () => void } {
  const error = new UnreachableError('STORE_UNAVAILABLE', 'no room', { sent: false });
  const store = createMemoryStore();
  const listeners = new Set<(condition: StoreCondition) => void>();
  let isOpen = false;
  const offer: StoreOffer = {
    ...{ keyPrefix: 'bitbot', eventMaxAgeMs: 1, deadLetterMs: 1 },
    source: () => (isOpen ? Promise.resolve(store) : Promise.reject(error)),
    onState(listener) {
      listeners.add(listener);
      listener(isOpen ? { state: 'ready', notices: [] } : { state: 'unavailable', error });
      return () => void listeners.delete(listener);
    },
  };
  return {
    offer,
    open() {
      isOpen = true;
      for (const listener of listeners) listener({ state: 'ready', notices: [] });
    },
  };
}

describe('an app whose store cannot be opened yet', () => {
  it('reads its portals when the store is there', async () => {
    const { offer, open } = closedStore();
    const vault = patientVault(createTokenVault(offer.source, 'client'), offer);
    const listed = vault.list();
    await assert.rejects(vault.load('member'), { code: 'STORE_UNAVAILABLE' });
    open();
    assert.deepEqual(await listed, []);
    assert.deepEqual(await vault.list(), []);
  });

  it('turns away at once what is posted meanwhile, and leaves alone what is not for it', async () => {
    const { offer, open } = closedStore();
    const ready = new Promise<void>((resolve) =>
      offer.onState(({ state }) => state === 'ready' && resolve()),
    );
    const inner: IntakeGate = {
      wants: () => true,
      deliver: () => Promise.resolve(),
      accepts: () => ready.then(() => true),
      receiveApp: ({ body }) => Promise.resolve({ status: 200, text: JSON.stringify(body) }),
    };
    const gate = impatientGate(inner, offer);
    const ofPortal = { domain: 'd', clientEndpoint: '', scope: '', applicationToken: '' };
    const envelope = { eventName: 'E', data: {}, memberId: 'm', ...ofPortal };
    await assert.rejects(gate.accepts(envelope), { code: 'STORE_UNAVAILABLE' });
    const install = { body: { event: 'ONAPPINSTALL', auth: {} }, query: {} };
    await assert.rejects(Promise.resolve(gate.receiveApp?.(install)), { code: 'STORE_UNAVAILABLE' });
    const other = { body: { event: 'ONIMBOTMESSAGEADD' }, query: {} };
    assert.equal((await gate.receiveApp?.(other))?.status, 200);
    open();
    assert.equal(await gate.accepts(envelope), true);
    assert.equal((await gate.receiveApp?.(install))?.status, 200);
  });
});
