import type { NodeAPI } from 'node-red';
import { serveAction } from '../../runtime/admin-action';
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
      shell.offer(difyKind, client);
      return {};
    },
  });
  serveAction(RED, 'dify-app', 'check', (context) => checkApp(RED, context));
};
