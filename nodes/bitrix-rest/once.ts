import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';
import { textAt } from '../../lib/core/fields';
import type { Portal, PortalHub } from '../../lib/bitrix24/hub/hub';
import { callOnce, type CalledOnce } from '../../lib/bitrix24/rest/call-once';
import type { CallParams } from '../../lib/bitrix24/rest/portal';
import type { Message, Shell } from '../runtime/shell';
import { storeOfNode } from '../runtime/store-of-node';

export interface OnceAsked {
  readonly portal: Portal;
  readonly method: string;
  readonly params: CallParams;
  readonly message: Message;
  readonly signal: AbortSignal;
}

export type MakeOnce = (asked: OnceAsked) => Promise<CalledOnce>;

/** Undefined: the node makes its call for every message. */
export function onceOfNode(RED: NodeAPI, shell: Shell, hub: PortalHub): MakeOnce | undefined {
  if (shell.settings.verbatim('once', '').trim() === '') return undefined;
  const readKey = shell.typed('once', '');
  const { source: store } = storeOfNode(RED, shell);
  return async ({ portal, message, ...asked }) => {
    const key = textAt({ key: await readKey(message) }, 'key')?.trim() ?? '';
    if (key === '') {
      throw new InvalidError('INPUT_INVALID', 'what the call is made once for is empty', {
        params: { what: 'once' },
      });
    }
    return callOnce({ ...asked, rest: portal.rest, store, key, place: placeOf(hub, portal) });
  };
}

/** A webhook learns the portal's permanent id late, and what is remembered must not change its name. */
function placeOf(hub: PortalHub, { memberId, domain }: Portal): string {
  return hub.kind === 'app' ? (memberId ?? domain) : domain;
}
