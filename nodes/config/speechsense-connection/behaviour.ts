import { speechsenseKind } from '../../runtime/kinds';
import type { NodeActions, StartNode } from '../../runtime/register-node';
import { checkSpeechSense } from './check-speechsense';
import { openSpeechSense } from './speechsense-settings';

export const start: StartNode = (_RED, shell) => {
  const client = openSpeechSense(shell.settings);
  shell.onClose(() => client.close());
  shell.offer(speechsenseKind, client);
  return {};
};

export const actions: NodeActions = {
  check: (_RED, context) => checkSpeechSense(context),
};
