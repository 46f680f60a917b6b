import type { NodeAPI } from 'node-red';
import { serveAction } from '../../runtime/admin-action';
import { addFileServer } from '../../runtime/bot/file-servers';
import { defineNode } from '../../runtime/define-node';
import { typebotKind } from '../../runtime/kinds';
import { checkBot } from './check-bot';
import { openTypebot } from './typebot-settings';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'typebot-bot',
    credentials: { token: { type: 'password' } },
    start(shell) {
      const { client, origin, allowPrivateNetwork, close } = openTypebot(shell.settings);
      shell.onClose(close);
      shell.onClose(addFileServer(origin, '/', { allowPrivateNetwork }));
      shell.offer(typebotKind, client);
      return {};
    },
  });
  serveAction(RED, 'typebot-bot', 'check', checkBot);
};
