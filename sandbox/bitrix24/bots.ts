import { addBotUser } from './people';
import {
  ownerKey,
  type Bot,
  type BotOwner,
  type BotType,
  type Command,
  type Generation,
  type PortalState,
} from './state';

export interface BotInit {
  code?: string;
  name?: string;
  type?: BotType;
  api?: Generation;
  /** v2 botToken or v1 CLIENT_ID of a bot made through a webhook. */
  botToken?: string;
  /** Made by the portal's app instead. */
  byApp?: boolean;
  eventMode?: 'webhook' | 'fetch';
  webhookUrl?: string;
  supportsOpenChannels?: boolean;
  commands?: readonly (string | CommandInit)[];
}

export interface CommandInit {
  command: string;
  title?: Readonly<Record<string, string>>;
  params?: Readonly<Record<string, string>>;
  common?: boolean;
  hidden?: boolean;
  extranet?: boolean;
}

export const v1Events = {
  message: 'ONIMBOTMESSAGEADD',
  edit: 'ONIMBOTMESSAGEUPDATE',
  delete: 'ONIMBOTMESSAGEDELETE',
  join: 'ONIMBOTJOINCHAT',
  removed: 'ONIMBOTDELETE',
  command: 'ONIMCOMMANDADD',
} as const;

export const v1ContextEvent = 'ONIMBOTCONTEXTGET';

export interface NewBot {
  code: string;
  api: Generation;
  type: BotType;
  owner: BotOwner;
  name: string;
  lastName?: string;
  workPosition?: string;
  supportsOpenChannels: boolean;
  eventMode: 'webhook' | 'fetch';
  handlerUrls: string[];
}

export function createBot(state: PortalState, init: NewBot): Bot {
  const user = addBotUser(state, init.name, init.lastName, init.workPosition);
  const bot: Bot = {
    id: user.id,
    code: init.code,
    api: init.api,
    type: init.type,
    supportsOpenChannels: init.supportsOpenChannels || init.type === 'openline',
    owner: init.owner,
    eventMode: init.eventMode,
    handlerUrls: init.handlerUrls,
    isHidden: false,
    isReactionsEnabled: true,
    backgroundId: null,
    color: 'AZURE',
    queue: [],
    confirmedBelow: 0,
    fetchedBelow: 0,
  };
  state.bots.set(bot.id, bot);
  return bot;
}

/** A bot as if somebody had registered it earlier. */
export function addBot(state: PortalState, init: BotInit = {}): Bot {
  const api = init.api ?? 'v2';
  const owner = earlierOwner(state, init);
  const type = init.type ?? 'openline';
  const bot = createBot(state, {
    code: init.code ?? 'helper',
    name: init.name ?? 'Helper',
    api,
    owner,
    type,
    supportsOpenChannels: init.supportsOpenChannels ?? type === 'openline',
    eventMode: init.eventMode ?? (init.webhookUrl === undefined ? 'fetch' : 'webhook'),
    handlerUrls: api === 'v2' && init.webhookUrl !== undefined ? [init.webhookUrl] : [],
  });
  if (api === 'v1') {
    bot.eventMode = 'webhook';
    if (init.webhookUrl !== undefined) setAllV1Handlers(state, owner, init.webhookUrl);
  }
  for (const command of init.commands ?? []) {
    addCommand(state, bot, typeof command === 'string' ? { command } : command);
  }
  return bot;
}

function earlierOwner(state: PortalState, init: BotInit): BotOwner {
  if (init.byApp !== true) return { kind: 'token', token: init.botToken ?? 'bot-token-of-the-sandbox' };
  if (!state.app) throw new Error('this portal has no app');
  return { kind: 'app', clientId: state.app.clientId };
}

function setAllV1Handlers(state: PortalState, owner: BotOwner, url: string): void {
  for (const event of [...Object.values(v1Events), v1ContextEvent])
    v1HandlersOf(state, owner).set(event, url);
}

export function v1HandlersOf(state: PortalState, owner: BotOwner): Map<string, string> {
  const handlers = state.v1Handlers.get(ownerKey(owner)) ?? new Map<string, string>();
  state.v1Handlers.set(ownerKey(owner), handlers);
  return handlers;
}

export function addCommand(state: PortalState, bot: Bot, init: CommandInit): Command {
  const command = {
    id: state.nextId('command'),
    botId: bot.id,
    name: init.command,
    title: init.title ?? { en: init.command },
    params: init.params ?? {},
    common: init.common ?? false,
    hidden: init.hidden ?? false,
    extranet: init.extranet ?? false,
  };
  state.commands.set(command.id, command);
  return command;
}

/** The bot leaves every chat; its private dialogs go with it. */
export function forgetBot(state: PortalState, bot: Bot): void {
  state.bots.delete(bot.id);
  state.users.delete(bot.id);
  for (const command of state.commands.values())
    if (command.botId === bot.id) state.commands.delete(command.id);
  for (const chat of state.chats.values()) {
    chat.members.delete(bot.id);
    if (chat.pair?.botId === bot.id) state.chats.delete(chat.id);
  }
}

export function ownedBy(state: PortalState, owner: BotOwner): Bot[] {
  return [...state.bots.values()].filter((bot) => ownerKey(bot.owner) === ownerKey(owner));
}
