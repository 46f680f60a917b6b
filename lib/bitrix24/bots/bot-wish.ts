import { InvalidError } from '../../core/errors';
import { commandFault, wishedCommand, type CommandWish, type WishedCommand } from './command-wish';

export type BotType = 'openline' | 'bot' | 'supervisor' | 'personal';
export type ApiVersion = 'v1' | 'v2';

/** A bot as the integrator wants it. What is left out or empty is not touched on the portal. */
export interface BotWish {
  code: string;
  botName: string;
  botType: BotType;
  apiVersion: ApiVersion;
  eventMode: 'webhook' | 'fetch';
  /** Where the portal sends events in webhook mode. */
  webhookUrl?: string | undefined;
  workPosition?: string | undefined;
  color?: string | undefined;
  /** Base64 of an image; a `data:` prefix is taken off. */
  avatar?: string | undefined;
  /** `botToken` of v2 or `CLIENT_ID` of v1. None when an app calls: the bot belongs to the app then. */
  botToken?: string | undefined;
  commands: readonly CommandWish[];
}

/** A wish that can be carried out, every text trimmed, every gap an empty text. */
export interface WishedBot {
  code: string;
  name: string;
  type: BotType;
  eventMode: 'webhook' | 'fetch';
  webhookUrl: string;
  workPosition: string;
  color: string;
  avatar: string;
  botToken: string | undefined;
  commands: readonly WishedCommand[];
}

const longestToken = 40;

/** Says no before the portal would, and in words: nothing has been called yet. */
export function checkWish(wish: BotWish): WishedBot {
  const bot: WishedBot = {
    code: filled('code', wish.code),
    name: filled('botName', wish.botName),
    type: wish.botType,
    eventMode: wish.eventMode,
    webhookUrl: wish.eventMode === 'webhook' ? filled('publicUrl', wish.webhookUrl) : '',
    workPosition: trimmed(wish.workPosition),
    color: trimmed(wish.color),
    avatar: imageOf(trimmed(wish.avatar)),
    botToken: trimmed(wish.botToken) === '' ? undefined : trimmed(wish.botToken),
    commands: wish.commands.map(wishedCommand),
  };
  refuseDoubles(bot.commands);
  if (wish.apiVersion === 'v1') refuseNewOnly(bot);
  else if ((bot.botToken ?? '').length > longestToken) {
    throw invalid('botToken', `at most ${longestToken} characters`, 'botToken');
  }
  return bot;
}

/** What the older generation cannot do. */
function refuseNewOnly({ type, eventMode }: WishedBot): void {
  if (eventMode === 'fetch')
    throw invalid('eventMode', 'webhook, because bots of v1 cannot be polled', 'oldBotEvents');
  if (type === 'personal')
    throw invalid('botType', 'openline, bot or supervisor: v1 has no personal bots', 'oldBotType');
}

function refuseDoubles(commands: readonly WishedCommand[]): void {
  const names = new Set<string>();
  for (const { name } of commands) {
    if (names.has(name.toLowerCase())) throw commandFault(name, 'every command only once', 'commandOnce');
    names.add(name.toLowerCase());
  }
}

function imageOf(avatar: string): string {
  const base64 = avatar.replace(/^data:[^,]{0,100},/, '').replace(/\s+/g, '');
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return base64;
  throw invalid('avatar', 'an image in base64', 'picture');
}

function filled(property: string, text: string | undefined): string {
  const content = trimmed(text);
  if (content !== '') return content;
  throw new InvalidError('CONFIG_EMPTY', `${property} is empty`, { params: { property } });
}

function trimmed(text: string | undefined): string {
  return (text ?? '').trim();
}

function invalid(property: string, expected: string, why: string): InvalidError {
  const message = `${property} must be ${expected}`;
  return new InvalidError('CONFIG_INVALID', message, {
    params: { property, expected, why, limit: longestToken },
  });
}
