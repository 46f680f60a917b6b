import type { NodeAPI } from 'node-red';
import { registerNode } from '../../runtime/register-node';

export = function register(RED: NodeAPI): void {
  registerNode(RED, {
    type: 'bitrix-bot',
    credentials: { botToken: { type: 'password' } },
    actions: ['check', 'list', 'remove', 'lines', 'changes', 'discard'],
    require,
  });
};
