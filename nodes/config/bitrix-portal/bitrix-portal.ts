import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../../lib/core/errors';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
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
      const listeners = listenersOf(shell);
      const hub =
        settings.choice('authType', ['webhook', 'app']) === 'app'
          ? openAppHub(settings, lease.store, listeners)
          : openWebhookHub(settings, lease.store, (owner) => bots.of(owner), listeners);
      shell.onClose(hub.close);
      if (RED.settings.httpNodeRoot === false)
        shell.warn(new InvalidError('HTTP_OFF', 'httpNodeRoot is false'));
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

function listenersOf(shell: Shell) {
  return {
    onOutcome(outcome: InstallOutcome): void {
      if (outcome.kind !== 'refused') shell.status.show('ready');
      else if (ours.has(outcome.reason)) shell.report(outcome.error ?? refused(outcome.reason));
      else shell.warn(refused(outcome.reason));
    },
    onFailure: (error: Error): void => shell.report(error),
    onRefused: (): void =>
      shell.warn(new InvalidError('EVENT_REFUSED', 'an event had a wrong application token')),
    onShared: (): void =>
      shell.warn(new InvalidError('EVENT_CONFLICT', 'another bitrix-portal node took an event')),
    onUnwanted({ bot }: BitrixEvent): void {
      const params = { bot: bot.code };
      shell.warn(
        new InvalidError('EVENT_UNWANTED', `no bitrix-in node takes events of ${bot.code}`, { params }),
      );
    },
  };
}

function refused(reason: string): InvalidError {
  return new InvalidError('BITRIX_INSTALL_REFUSED', `an installation was refused: ${reason}`, {
    params: { reason },
  });
}
