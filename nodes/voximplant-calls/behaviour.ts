import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/core/clock';
import { textAt } from '../../lib/core/fields';
import type { Message } from '../runtime/shell';
import { listPortalUsers } from '../runtime/portal-actions';
import { createSyncNode } from '../runtime/sync';
import type { NodeActions, StartNode } from '../runtime/register-node';
import { createCallJob } from './call-job';

/** The row is written when the call has ended, and the recording is fetched soon after. */
const AFTER_CALL_MS = 45_000;

export const start: StartNode = (RED, shell) => {
  const sync = createSyncNode(RED, shell, createCallJob(shell, systemClock));
  return {
    ...sync,
    async onMessage(message, flow) {
      if (!isCallEnd(message)) return sync.onMessage?.(message, flow);
      sync.soon(AFTER_CALL_MS, portalIn(message));
    },
  };
};

export const actions: NodeActions = {
  start: async (RED, { id = '', translate }) => {
    // Typed as always present, but nothing comes back for a node that was never deployed.
    const node: ReturnType<NodeAPI['nodes']['getNode']> | null | undefined = RED.nodes.getNode(id);
    const isOurs = node?.type === 'voximplant-calls';
    if (isOurs) node.receive({ payload: true });
    return { ok: isOurs, message: translate(`voximplant-calls.button.${isOurs ? 'started' : 'missing'}`) };
  },
  users: listPortalUsers,
};

/** As `bitrix-in` gives it. News only hurry a run: whatever they say of the call is read from the history. */
function isCallEnd({ bitrix }: Message): boolean {
  return textAt(bitrix, 'event')?.toUpperCase() === 'ONVOXIMPLANTCALLEND';
}

function portalIn({ bitrix }: Message): { memberId: string; domain: string } | undefined {
  const memberId = textAt(bitrix, 'portal', 'memberId') ?? '';
  const domain = textAt(bitrix, 'portal', 'domain') ?? '';
  return memberId + domain === '' ? undefined : { memberId, domain };
}
