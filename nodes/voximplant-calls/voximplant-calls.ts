import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/core/clock';
import { textAt } from '../../lib/core/fields';
import { serveAction } from '../runtime/admin-action';
import { defineNode } from '../runtime/define-node';
import type { Message } from '../runtime/shell';
import { createSyncNode } from '../runtime/sync';
import { createCallJob } from './call-job';

/** The row is written when the call has ended, and the recording is fetched soon after. */
const AFTER_CALL_MS = 45_000;

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'voximplant-calls',
    start(shell) {
      const sync = createSyncNode(RED, shell, createCallJob(shell, systemClock));
      return {
        ...sync,
        async onMessage(message, flow) {
          if (!isCallEnd(message)) return sync.onMessage?.(message, flow);
          sync.soon(AFTER_CALL_MS, portalIn(message));
        },
      };
    },
  });
  serveAction(RED, 'voximplant-calls', 'start', async ({ id = '', translate }) => {
    // Typed as always present, but nothing comes back for a node that was never deployed.
    const node: ReturnType<NodeAPI['nodes']['getNode']> | null | undefined = RED.nodes.getNode(id);
    const isOurs = node?.type === 'voximplant-calls';
    if (isOurs) node.receive({ payload: true });
    return { ok: isOurs, message: translate(`voximplant-calls.button.${isOurs ? 'started' : 'missing'}`) };
  });
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
