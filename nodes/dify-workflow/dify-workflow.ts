import type { NodeAPI } from 'node-red';
import { registerNode } from '../runtime/register-node';

export = function register(RED: NodeAPI): void {
  registerNode(RED, {
    type: 'dify-workflow',
    require,
  });
};
