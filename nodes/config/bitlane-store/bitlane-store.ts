import type { NodeAPI } from 'node-red';
import { toError } from '../../../lib/core/errors';
import { serveAction } from '../../runtime/admin-action';
import { defineNode } from '../../runtime/define-node';
import { storeKind } from '../../runtime/kinds';
import { tellOfLeftEvents } from '../../runtime/left-behind';
import type { Shell } from '../../runtime/shell';
import { standInFor } from '../../runtime/stand-in';
import { showStoreInPanel } from '../../runtime/store-part';
import {
  leaseStore,
  limitsOf,
  sharedBudgetOf,
  storePlace,
  tellOfStore,
  type StoreCondition,
  type StoreLease,
} from '../../runtime/stores';
import { checkStore, rotateKey } from './store-actions';
import { inWords, readStoreSettings, type StoreSettings } from './store-settings';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitlane-store',
    credentials: { redisUrl: { type: 'password' }, encryptionKey: { type: 'password' } },
    start(shell) {
      const settings = readStoreSettings(shell.settings, shell.translate);
      const { source, onState, release } = lease(RED, shell, settings);
      shell.onClose(release);
      shell.status.show('starting');
      // Before what opening found, which may leave the status red.
      shell.onClose(onState(({ state }) => state === 'ready' && shell.status.show('ready')));
      tellOfStore(shell, 'bitlane-store', { onState });
      tellOfLeftEvents(RED, shell, { onState }, 'store');
      const { id, name } = shell;
      const folder = storePlace(RED, settings.place);
      const standIn = standInFor(RED, id, settings.place);
      const store = { source, onState, ...(standIn && { standIn }) };
      shell.onClose(showStoreInPanel({ id, name, folder }, store));
      // Opened now and not with the first message; how that ends is told by its state.
      source().catch(() => undefined);
      const sharedBudget = settings.sharedAddress ? sharedBudgetOf(settings.place) : undefined;
      shell.offer(storeKind, {
        ...store,
        ...limitsOf(settings),
        ...(sharedBudget && { sharedBudget }),
      });
      return {};
    },
  });
  serveAction(RED, 'bitlane-store', 'check', (context) => checkStore(RED, context));
  serveAction(RED, 'bitlane-store', 'rotate', (context) => rotateKey(RED, context));
};

function lease(RED: NodeAPI, shell: Shell, { place }: StoreSettings): StoreLease {
  try {
    const { onState, ...rest } = leaseStore(RED, place);
    return { ...rest, onState: (listener) => onState((told) => listener(translated(told, shell))) };
  } catch (thrown) {
    throw inWords(thrown, shell.translate);
  }
}

/** Also what only Redis could tell: that others use it with another key. */
function translated(told: StoreCondition, { translate }: Shell): StoreCondition {
  return told.state === 'unavailable' ? { ...told, error: toError(inWords(told.error, translate)) } : told;
}
