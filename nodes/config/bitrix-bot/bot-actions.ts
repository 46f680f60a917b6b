import type { NodeAPI } from 'node-red';
import { idAt } from '../../../lib/core/fields';
import type { BotAccess, BotCard } from '../../../lib/bitrix24/bots/portal-bots';
import { listBots, listCommands, removeBot } from '../../../lib/bitrix24/bots/portal-bots';
import { listOpenLines, type LineCard } from '../../../lib/bitrix24/lines/open-lines';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import { onPortal, withScope, type AskedPortal } from '../../runtime/portal-actions';
import { readWish } from './bot-plan';

/** The dialog may still be without a code: its portal can be asked before. */
function readAccess({ hub }: AskedPortal, { settings, signal }: ActionContext): BotAccess {
  return {
    apiVersion: settings.choice('apiVersion', ['v2', 'v1']),
    botToken: hub.kind === 'webhook' ? settings.requiredSecret('botToken') : undefined,
    signal,
    urgent: true,
  };
}

async function findOurs(
  { portal }: AskedPortal,
  access: BotAccess,
  code: string,
): Promise<BotCard | undefined> {
  const listed = await listBots(portal.rest, access);
  return listed.find((bot) => bot.code === code && bot.isOwn !== false);
}

export function checkBot(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  return onPortal(RED, context, async (asked) => {
    const plan = readWish(context.settings, asked.hub);
    const { code } = plan.wish;
    const found = await findOurs(asked, readAccess(asked, context), code);
    const key = found ? 'bitrix-bot.check.found' : 'bitrix-bot.check.missing';
    const params = { code, domain: asked.portal.domain, name: found?.name ?? '', id: found?.id ?? 0 };
    return {
      ok: found !== undefined || plan.isKept,
      message: context.translate(key, params),
      details: found,
    };
  });
}

/** Every bot of the portal, with the commands of ours. */
export function listPortalBots(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  return onPortal(RED, context, async (asked) => {
    const { portal } = asked;
    const access = readAccess(asked, context);
    const found = await listBots(portal.rest, access);
    const botIds = found.flatMap(({ id, isOwn }) => (isOwn === false ? [] : [id]));
    const known = await listCommands(portal.rest, { ...access, botIds });
    const details = found.map((bot) => {
      const commands = bot.isOwn === false ? [] : known?.get(bot.id);
      return { ...bot, commands };
    });
    return { ok: true, message: portal.domain, details };
  });
}

export function removePortalBot(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  return onPortal(RED, context, async (asked) => {
    const botId = idAt({ id: context.settings.number('botId', 0) }, 'id') ?? 0;
    await removeBot(asked.portal.rest, { ...readAccess(asked, context), botId });
    return { ok: true, message: context.translate('bitrix-bot.check.removed', { id: botId }) };
  });
}

/** The Open Channels of the portal, and in which of them this bot answers; a sentence says what is to be done. */
export function listBotLines(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  return onPortal(RED, context, (asked) =>
    withScope('imopenlines', context, async () => {
      const lines = await listOpenLines(asked.portal.rest, context);
      const bot = lines.length > 0 ? await findNamed(asked, context) : undefined;
      const answered = lines.filter(({ botIds }) => bot && botIds?.includes(bot.id));
      const details = lines.map((line) => ({ ...line, isAnswered: answered.includes(line) }));
      return { ok: true, message: lineSentence(lines, bot, answered, context), details };
    }),
  );
}

/** Undefined also while the dialog does not say enough to find the bot. */
async function findNamed(asked: AskedPortal, context: ActionContext): Promise<BotCard | undefined> {
  const code = context.settings.text('code');
  const canAsk = asked.hub.kind === 'app' || context.settings.secret('botToken') !== undefined;
  return code === '' || !canAsk ? undefined : findOurs(asked, readAccess(asked, context), code);
}

function lineSentence(
  lines: readonly LineCard[],
  bot: BotCard | undefined,
  answered: readonly LineCard[],
  { translate }: ActionContext,
): string {
  if (lines.length === 0) return translate('bitrix-bot.lines.none');
  if (!bot) return translate('bitrix-bot.lines.unregistered');
  if (answered.length > 0) return translate('bitrix-bot.lines.attached', { name: bot.name });
  const isKnown = lines.every(({ botIds }) => botIds !== undefined);
  return translate(isKnown ? 'bitrix-bot.lines.unattached' : 'bitrix-bot.lines.unknown', { name: bot.name });
}
