import type { NodeAPI } from 'node-red';
import { createPortalDesk } from '../../../lib/bitrix24/event-desk';
import type { BitrixPortal } from '../../../lib/bitrix24/portal';
import { connectByWebhook } from '../../../lib/bitrix24/webhook-connection';
import { receiveEvents } from '../../runtime/bitrix-webhook';
import { defineNode } from '../../runtime/define-node';
import { portalKind } from '../../runtime/kinds';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-portal',
    credentials: { webhookUrl: { type: 'password' }, applicationToken: { type: 'password' } },
    start(shell) {
      const { settings, signal } = shell;
      const connection = connectByWebhook(settings.requiredSecret('webhookUrl'), {
        allowPrivateNetwork: settings.flag('allowPrivateNetwork', false),
        signal,
      });
      const desk = createPortalDesk(connection.domain, settings.requiredSecret('applicationToken'));
      const stopReceiving = receiveEvents(RED, settings.text('path', 'events'), desk);
      const portal: BitrixPortal = {
        domain: connection.domain,
        call: connection.call,
        subscribe: (subscription) => desk.subscribe(subscription),
      };
      shell.offer(portalKind, portal);
      return {
        onClose() {
          stopReceiving();
          connection.close();
        },
      };
    },
  });
};
