import type { NodeAPI } from 'node-red';
import { serveAction } from '../../runtime/admin-action';
import { defineNode } from '../../runtime/define-node';
import { storeKind } from '../../runtime/kinds';
import type { Shell } from '../../runtime/shell';
import { showStoreInPanel } from '../../runtime/store-part';
import { leaseStore, limitsOf, storeFolder, tellOfStore, type StoreLease } from '../../runtime/stores';
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
      const { id, name } = shell;
      const folder = storeFolder(RED, settings.folder);
      shell.onClose(showStoreInPanel({ id, name, folder }, { source, onState }));
      // Opened now and not with the first message; how that ends is told by its state.
      source().catch(() => undefined);
      shell.offer(storeKind, { source, onState, ...limitsOf(settings) });
      return {};
    },
  });
  serveAction(RED, 'bitlane-store', 'check', (context) => checkStore(RED, context));
  serveAction(RED, 'bitlane-store', 'rotate', (context) => rotateKey(RED, context));
};

function lease(RED: NodeAPI, shell: Shell, settings: StoreSettings): StoreLease {
  try {
    return leaseStore(RED, settings);
  } catch (thrown) {
    throw inWords(thrown, shell.translate);
  }
}
