import { addFileServer } from '../../runtime/bot/file-servers';
import { difyKind } from '../../runtime/kinds';
import type { NodeActions, StartNode } from '../../runtime/register-node';
import { checkApp } from './check-app';
import { openDify } from './dify-settings';

export const start: StartNode = (_RED, shell) => {
  const { client, close } = openDify(shell.settings);
  shell.onClose(close);
  const allowPrivateNetwork = shell.settings.flag('allowPrivateNetwork', false);
  shell.onClose(addFileServer(client.origin, '/files/', { allowPrivateNetwork }));
  shell.offer(difyKind, client);
  return {};
};

export const actions: NodeActions = {
  check: checkApp,
};
