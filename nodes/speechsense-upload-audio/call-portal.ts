import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';
import { textAt } from '../../lib/core/fields';
import type { Portal, PortalHub } from '../../lib/bitrix24/hub/hub';
import { portalKind } from '../runtime/kinds';

export interface CallPortal {
  readonly hub: PortalHub;
  readonly portal: Portal;
}

/**
 * Where the recording of a call is: at the portal of this node, or else where the call came from. Looked up for every
 * message, because a deploy may put another node in the place of that one and leave this one as it is.
 */
export function portalOfCall(RED: NodeAPI, chosen: PortalHub | undefined, call: unknown): CallPortal {
  const hub = chosen ?? hubOf(RED, textAt(call, 'portal', 'nodeId'));
  const memberId = textAt(call, 'portal', 'memberId') ?? '';
  const domain = textAt(call, 'portal', 'domain') ?? '';
  const [first, ...others] = hub.portals();
  const only = others.length === 0 ? first : undefined;
  const isNamed = memberId !== '' || domain !== '';
  // By a webhook there is one portal, and it may not know its own id yet.
  const portal = isNamed ? (hub.find({ memberId, domain }) ?? (chosen ? undefined : only)) : only;
  if (portal) return { hub, portal };
  throw new InvalidError('INPUT_INVALID', 'msg.call.portal does not name one of the portals of the node', {
    params: { what: 'msg.call.portal' },
  });
}

function hubOf(RED: NodeAPI, nodeId: string | undefined): PortalHub {
  // Typed as always present, but nothing comes back for a missing or disabled node.
  const node: object | null | undefined = nodeId === undefined ? undefined : RED.nodes.getNode(nodeId);
  const offer = node && portalKind.offers.get(node);
  if (offer) return offer.value;
  const why = 'neither this node nor msg.call.portal names the portal that has the recording';
  throw new InvalidError('CONFIG_MISSING', why, { params: { config: portalKind.type } });
}
