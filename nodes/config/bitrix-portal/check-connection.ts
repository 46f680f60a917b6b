import type { NodeAPI } from 'node-red';
import { checkPortal, type PortalCheck } from '../../../lib/bitrix24/rest/check-portal';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import type { Translate } from '../../runtime/explain';
import { portalKind } from '../../runtime/kinds';
import { webhookPortal } from './hubs';

/** The button of the dialog. A webhook is tried as it stands there; an app speaks for the portals that installed it. */
export async function checkConnection(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  const { settings } = context;
  if (settings.choice('authType', ['webhook', 'app']) === 'app') return checkInstalled(RED, context);
  const { domain, base, connect, close } = webhookPortal(settings);
  const rest = connect(base);
  try {
    const check = await checkPortal(rest, context.signal);
    return { ok: true, message: sentence(domain, check, context.translate), details: check };
  } finally {
    rest.close();
    close();
  }
}

async function checkInstalled(RED: NodeAPI, { id, translate, signal }: ActionContext): Promise<ActionAnswer> {
  const node: object | null = id === undefined ? null : RED.nodes.getNode(id);
  const portals = (node && portalKind.offers.get(node)?.value.portals()) ?? [];
  if (portals.length === 0) return { ok: false, message: translate('bitrix-portal.check.notInstalled') };
  const lines = await Promise.all(
    portals.map(async ({ domain, rest }) => sentence(domain, await checkPortal(rest, signal), translate)),
  );
  return { ok: true, message: lines.join('\n') };
}

function sentence(domain: string, { isAdmin, scopes, missing }: PortalCheck, translate: Translate): string {
  const who = isAdmin ? 'bitrix-portal.check.admin' : 'bitrix-portal.check.user';
  const known = translate(who, { domain, scopes: scopes.join(', ') });
  if (missing.length === 0) return known;
  const list = missing.map(({ scope, nodes }) => `${scope} (${nodes.join(', ')})`).join('; ');
  return `${known} ${translate('bitrix-portal.check.missing', { list })}`;
}

/** For an app whose installation never arrived. */
export async function makeLink(
  RED: NodeAPI,
  { id, settings, translate }: ActionContext,
): Promise<ActionAnswer> {
  const domain = settings.text('domain');
  if (domain === '') return { ok: false, message: translate('bitrix-portal.link.domain') };
  const node: object | null = id === undefined ? null : RED.nodes.getNode(id);
  const hub = node === null ? undefined : portalKind.offers.get(node)?.value;
  if (!hub?.authorisationLink) return { ok: false, message: translate('bitrix-portal.link.deploy') };
  return {
    ok: true,
    message: translate('bitrix-portal.link.open'),
    details: await hub.authorisationLink(domain),
  };
}
