import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../../lib/core/errors';
import { idAt } from '../../../lib/core/fields';
import type { BotAccess } from '../../../lib/bitrix24/bots/portal-bots';
import { listBots, listCommands, removeBot } from '../../../lib/bitrix24/bots/portal-bots';
import type { Portal } from '../../../lib/bitrix24/hub/hub';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import { portalKind } from '../../runtime/kinds';
import { readWish, type BotPlan } from './bot-plan';

interface Asked {
  plan: BotPlan;
  portal: Portal;
  access: BotAccess;
}

/** The dialog's values on the portal that they name, which has to be deployed. */
function readAsked(RED: NodeAPI, { settings, signal }: ActionContext): Asked {
  const node: object | null = RED.nodes.getNode(settings.required('portal'));
  const hub = node === null ? undefined : portalKind.offers.get(node)?.value;
  const portal = hub?.portals()[0];
  if (!hub || !portal) {
    throw new InvalidError('CONFIG_MISSING', 'the portal is not deployed, or nobody has installed the app', {
      params: { config: portalKind.type },
    });
  }
  const plan = readWish(settings, hub);
  const { apiVersion, botToken } = plan.wish;
  return { plan, portal, access: { apiVersion, botToken, signal } };
}

export async function checkBot(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  const { plan, portal, access } = readAsked(RED, context);
  const { code } = plan.wish;
  const found = (await listBots(portal.rest, access)).find((bot) => bot.code === code && bot.isOwn !== false);
  const key = found ? 'bitrix-bot.check.found' : 'bitrix-bot.check.missing';
  const params = { code, domain: portal.domain, name: found?.name ?? '', id: found?.id ?? 0 };
  return { ok: found !== undefined || plan.isKept, message: context.translate(key, params), details: found };
}

/** Every bot of the portal, with the commands of ours. */
export async function listPortalBots(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  const { portal, access } = readAsked(RED, context);
  const found = await listBots(portal.rest, access);
  const details = [];
  for (const bot of found) {
    const commands = bot.isOwn === false ? [] : await listCommands(portal.rest, { ...access, botId: bot.id });
    details.push({ ...bot, commands });
  }
  return { ok: true, message: portal.domain, details };
}

export async function removePortalBot(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  const { portal, access } = readAsked(RED, context);
  const botId = idAt({ id: context.settings.number('botId', 0) }, 'id') ?? 0;
  await removeBot(portal.rest, { ...access, botId });
  return { ok: true, message: context.translate('bitrix-bot.check.removed', { id: botId }) };
}
