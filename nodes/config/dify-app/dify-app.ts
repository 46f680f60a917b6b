import type { NodeAPI } from 'node-red';
import { serveAction } from '../../runtime/admin-action';
import { addFileServer } from '../../runtime/bot/file-servers';
import { defineNode } from '../../runtime/define-node';
import { difyKind } from '../../runtime/kinds';
import { checkApp } from './check-app';
import { openDify } from './dify-settings';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'dify-app',
    credentials: { apiKey: { type: 'password' } },
    start(shell) {
      const { client, close } = openDify(shell.settings);
      shell.onClose(close);
      const allowPrivateNetwork = shell.settings.flag('allowPrivateNetwork', false);
      shell.onClose(addFileServer(client.origin, '/files/', { allowPrivateNetwork }));
      shell.offer(difyKind, client);
      return {};
    },
  });
  serveAction(RED, 'dify-app', 'check', (context) => checkApp(RED, context));
};
