import type { NodeAPI } from 'node-red';
import { registerNode } from '../../runtime/register-node';

export = function register(RED: NodeAPI): void {
  registerNode(RED, {
    type: 'bitlane-store',
    credentials: { redisUrl: { type: 'password' }, encryptionKey: { type: 'password' } },
    actions: ['check', 'folder', 'rotate'],
    require,
  });
};
