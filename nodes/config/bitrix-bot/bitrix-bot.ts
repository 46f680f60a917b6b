import type { NodeAPI } from 'node-red';
import type { BitrixBot } from '../../../lib/bitrix24/portal';
import { defineNode } from '../../runtime/define-node';
import { botKind, bots, portalKind } from '../../runtime/kinds';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-bot',
    credentials: { botToken: { type: 'password' } },
    start(shell) {
      const bot: BitrixBot = {
        portal: shell.use(portalKind, 'portal'),
        code: shell.settings.required('code'),
        botToken: shell.settings.requiredSecret('botToken'),
      };
      shell.offer(botKind, bot);
      return { onClose: bots.add(bot) };
    },
  });
};
