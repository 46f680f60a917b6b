import { InvalidError } from '../../core/errors';
import type { BotDirectory } from '../hub/bot-directory';
import type { BotOfHub, Portal } from '../hub/hub';
import type { StoreSource } from '../../store/store';
import type { Speaker } from './calls';
import type { ReplyTarget } from './target';

export interface SpeakerAt {
  portal: Portal;
  speaker: Speaker;
  /** Where what belongs to the dialog is kept. */
  store: StoreSource;
}

/** Who answers, and on which portal: the chosen bot, or the one that the message was written to. */
export function findSpeaker(
  target: ReplyTarget,
  chosen: BotOfHub | undefined,
  bots: BotDirectory,
): SpeakerAt {
  const bot = chosen ?? bots.find(target.owner, target.bot.code);
  if (!bot) throw unknown(`no bitrix-bot node has the code ${target.bot.code || '(empty)'}`, 'bitrix-bot');
  const portal = bot.hub.find(target.owner) ?? (isNowhere(target) ? onlyPortalOf(bot) : undefined);
  if (!portal)
    throw unknown(`no bitrix-portal node knows ${target.owner.domain || 'the portal'}`, 'bitrix-portal');
  const isOwn = bot.code === target.bot.code;
  const botId = (isOwn ? target.bot.id : undefined) ?? bot.idOn(portal);
  if (botId === undefined)
    throw unknown(`the bot ${bot.code} is not registered on ${portal.domain} yet`, 'bitrix-bot');
  const api = isOwn ? target.api : bot.apiVersion;
  const speaker = { api, botId, botToken: bot.botToken, dialogId: target.dialogId };
  return { portal, speaker, store: bot.hub.store };
}

/** The message names no portal at all; one that names another portal must not be answered on ours. */
function isNowhere({ owner }: ReplyTarget): boolean {
  return owner.memberId === '' && owner.domain === '';
}

/** A flow may start a conversation by itself, with nothing but a dialog in hand. */
function onlyPortalOf(bot: BotOfHub): Portal | undefined {
  const portals = bot.hub.portals();
  return portals.length === 1 ? portals[0] : undefined;
}

function unknown(message: string, config: string): InvalidError {
  return new InvalidError('CONFIG_MISSING', message, { params: { config } });
}
