import { addFileServer } from '../../runtime/bot/file-servers';
import { typebotKind } from '../../runtime/kinds';
import type { NodeActions, StartNode } from '../../runtime/register-node';
import { checkBot } from './check-bot';
import { openTypebot } from './typebot-settings';

export const start: StartNode = (_RED, shell) => {
  const { client, origin, allowPrivateNetwork, close } = openTypebot(shell.settings);
  shell.onClose(close);
  shell.onClose(addFileServer(origin, '/', { allowPrivateNetwork }));
  shell.offer(typebotKind, client);
  return {};
};

export const actions: NodeActions = {
  check: (_RED, context) => checkBot(context),
};
