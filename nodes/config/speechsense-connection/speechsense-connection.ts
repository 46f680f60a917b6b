import type { NodeAPI } from 'node-red';
import { serveAction } from '../../runtime/admin-action';
import { defineNode } from '../../runtime/define-node';
import { speechsenseKind } from '../../runtime/kinds';
import { checkSpeechSense } from './check-speechsense';
import { openSpeechSense } from './speechsense-settings';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'speechsense-connection',
    credentials: { secret: { type: 'password' } },
    start(shell) {
      const client = openSpeechSense(shell.settings);
      shell.onClose(() => client.close());
      shell.offer(speechsenseKind, client);
      return {};
    },
  });
  serveAction(RED, 'speechsense-connection', 'check', checkSpeechSense);
};
