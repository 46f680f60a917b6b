import type { NodeAPI } from 'node-red';
import { toError } from '../../../lib/core/errors';
import { storeKind } from '../../runtime/kinds';
import { tellOfLeftEvents } from '../../runtime/left-behind';
import type { NodeActions, StartNode } from '../../runtime/register-node';
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
import { checkStore, judgeFolder, rotateKey } from './store-actions';
import { inWords, readStoreSettings, type StoreSettings } from './store-settings';

export const start: StartNode = (RED, shell) => {
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
};

export const actions: NodeActions = {
  check: checkStore,
  folder: (RED, context) => judgeFolder(RED, context),
  rotate: rotateKey,
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
