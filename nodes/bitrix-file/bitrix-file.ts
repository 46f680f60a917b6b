import type { NodeAPI } from 'node-red';
import { defineNode } from '../runtime/define-node';
import { flowTrackerOf } from '../runtime/flow-tracker';
import { flowsPhaseOf } from '../runtime/flows-phase';
import { createDownload } from './download';
import { createUpload } from './upload';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-file',
    start(shell) {
      const runtime = { phase: flowsPhaseOf(RED), tracker: flowTrackerOf(RED) };
      const action = shell.settings.choice('action', ['download', 'upload']);
      return action === 'download' ? createDownload(shell, runtime) : createUpload(shell, runtime);
    },
  });
};
