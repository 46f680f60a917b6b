import type { NodeAPI } from 'node-red';
import { isRefusedWith } from '../../lib/bitrix24/bots/refusals';
import type { Portal, PortalHub } from '../../lib/bitrix24/hub/hub';
import { listOpenLines } from '../../lib/bitrix24/lines/open-lines';
import { listColleagues } from '../../lib/bitrix24/people/colleagues';
import type { ActionAnswer, ActionContext } from './admin-action';
import { portalKind } from './kinds';

export interface AskedPortal {
  hub: PortalHub;
  /** Of an app on several portals, the first. */
  portal: Portal;
}

/** Asks the portal that the dialog names, which has to be deployed. */
export async function onPortal(
  RED: NodeAPI,
  { settings, translate }: ActionContext,
  ask: (asked: AskedPortal) => Promise<ActionAnswer>,
): Promise<ActionAnswer> {
  const node: object | null = RED.nodes.getNode(settings.required('portal'));
  const hub = node === null ? undefined : portalKind.offers.get(node)?.value;
  const portal = hub?.portals()[0];
  // Nothing is wrong yet: it is what comes next.
  if (!hub) return { ok: false, isHint: true, message: translate('bitlane.portal.away') };
  if (!portal) return { ok: false, isHint: true, message: translate('bitlane.portal.notInstalled') };
  return ask({ hub, portal });
}

/** Asks for what needs a permission of its own. When that is missing, the answer names it. */
export async function withScope(
  scope: string,
  { translate }: ActionContext,
  ask: () => Promise<ActionAnswer>,
): Promise<ActionAnswer> {
  try {
    return await ask();
  } catch (error) {
    // Without the permission some portals do not even know the method.
    if (!isRefusedWith(error, 'insufficient_scope', 'ERROR_METHOD_NOT_FOUND')) throw error;
    return { ok: false, message: translate('bitlane.portal.scope', { scope }) };
  }
}

/**
 * The Open Channels of the dialog's portal, for a drop-down: `details` is `[{ id, name, active, botIds? }]`. Any node
 * with a property `portal` can serve it as an action of its own.
 */
export function listPortalLines(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  return onPortal(RED, context, ({ portal }) =>
    withScope('imopenlines', context, async () => {
      const details = await listOpenLines(portal.rest, context);
      return { ok: true, message: portal.domain, details };
    }),
  );
}

/** The same for the people who work in the portal: `details` is `[{ id, name }]`. */
export function listPortalUsers(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  return onPortal(RED, context, ({ portal }) =>
    withScope('user', context, async () => {
      const details = await listColleagues(portal.rest, context);
      return { ok: true, message: portal.domain, details };
    }),
  );
}
