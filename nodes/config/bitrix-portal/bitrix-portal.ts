import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../../lib/core/errors';
import type { InstallOutcome } from '../../../lib/bitrix24/oauth';
import { serveAction } from '../../runtime/admin-action';
import { receiveEvents } from '../../runtime/bitrix-webhook';
import { defineNode } from '../../runtime/define-node';
import { bots, portalKind } from '../../runtime/kinds';
import { leaseSharedStore } from '../../runtime/shared-store';
import type { Shell } from '../../runtime/shell';
import { checkConnection, makeLink } from './check-connection';
import { openAppHub, openWebhookHub } from './hubs';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-portal',
    credentials: {
      webhookUrl: { type: 'password' },
      clientId: { type: 'text' },
      clientSecret: { type: 'password' },
      applicationToken: { type: 'password' },
    },
    start(shell) {
      const { settings } = shell;
      const lease = leaseSharedStore(RED);
      shell.onClose(lease.release);
      lease.store().catch((error: unknown) => shell.report(error));
      const hub =
        settings.choice('authType', ['webhook', 'app']) === 'app'
          ? openAppHub(settings, lease.store, installListeners(shell))
          : openWebhookHub(
              settings,
              lease.store,
              (owner) => bots.of(owner),
              () => shell.warn(eventRefused()),
            );
      shell.onClose(hub.close);
      shell.onClose(receiveEvents(RED, hub.path, hub.gate));
      shell.offer(portalKind, hub);
      return {};
    },
  });
  serveAction(RED, 'bitrix-portal', 'check', (context) => checkConnection(RED, context));
  serveAction(RED, 'bitrix-portal', 'link', (context) => makeLink(RED, context));
};

/** What only a person with this Node-RED can mend; whatever else is refused may be a stranger knocking. */
const ours: ReadonlySet<string> = new Set(['auth-host', 'auth-server', 'store', 'unexpected']);

function installListeners(shell: Shell) {
  return {
    onOutcome(outcome: InstallOutcome): void {
      if (outcome.kind !== 'refused') shell.status.show('ready');
      else if (ours.has(outcome.reason)) shell.report(outcome.error ?? refused(outcome.reason));
      else shell.warn(refused(outcome.reason));
    },
    onFailure: (error: Error): void => shell.report(error),
    onRefused: (): void => shell.warn(eventRefused()),
  };
}

function eventRefused(): InvalidError {
  return new InvalidError('EVENT_REFUSED', 'an event came with a wrong application token');
}

function refused(reason: string): InvalidError {
  return new InvalidError('BITRIX_INSTALL_REFUSED', `an installation was refused: ${reason}`, {
    params: { reason },
  });
}
