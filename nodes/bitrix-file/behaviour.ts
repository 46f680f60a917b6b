import { flowTrackerOf } from '../runtime/flow-tracker';
import { flowsPhaseOf } from '../runtime/flows-phase';
import type { StartNode } from '../runtime/register-node';
import { createDownload } from './download';
import { createUpload } from './upload';

export const start: StartNode = (RED, shell) => {
  const runtime = { phase: flowsPhaseOf(RED), tracker: flowTrackerOf(RED) };
  const action = shell.settings.choice('action', ['download', 'upload']);
  return action === 'download' ? createDownload(shell, runtime) : createUpload(shell, runtime);
};
