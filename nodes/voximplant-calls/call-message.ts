import type { Call, CallRow } from '../../lib/bitrix24/calls/call';
import type { Portal } from '../../lib/bitrix24/hub/hub';
import type { OutgoingMessage } from '../runtime/shell';

export interface CallPlace {
  /** Of the portal node: whoever wants the recording asks there. */
  readonly nodeId: string;
  readonly portal: Pick<Portal, 'memberId' | 'domain'>;
}

/** What the flow gets of one call: the row as it came, and beside it what it means. */
export function messageOfCall(row: CallRow, call: Call, { nodeId, portal }: CallPlace): OutgoingMessage {
  const { memberId = '', domain } = portal;
  return {
    topic: `${memberId || domain}:calls`,
    payload: { ...row },
    call: { ...call, portal: { nodeId, memberId, domain } },
  };
}
