import type { NodeAPI } from 'node-red';
import { registerNode } from '../../runtime/register-node';

export = function register(RED: NodeAPI): void {
  registerNode(RED, {
    type: 'bitrix-portal',
    credentials: {
      webhookUrl: { type: 'password' },
      clientId: { type: 'text' },
      clientSecret: { type: 'password' },
      applicationToken: { type: 'password' },
    },
    actions: ['check', 'link'],
    require,
  });
};
