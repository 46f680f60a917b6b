import type { MethodCall, PortalCore } from './call';
import { chatByDialogId } from './chats';
import { idOf, mapOf, textOf, type Params } from '../shared/params';
import { denied, refusal } from './refusal';
import { ownerKey, type Bot, type BotOwner, type Chat, type Message, type PortalState } from './state';

/** Checks that stand before every v2 method of a bot. */
export function ownerV2({ caller }: MethodCall, botToken: unknown): BotOwner {
  if (caller.kind === 'app') return { kind: 'app', clientId: caller.clientId };
  const token = textOf(botToken) ?? '';
  if (token === '') throw refusal('BOT_TOKEN_NOT_SPECIFIED', 'Bot token is not specified');
  return { kind: 'token', token };
}

export function callingBotV2(portal: PortalCore, call: MethodCall): Bot {
  const owner = ownerV2(call, call.params['botToken']);
  const botId = idOf(call.params['botId']);
  if (botId === 0) throw refusal('BOT_ID_REQUIRED', 'Bot id is required');
  return ownedBot(portal.state, owner, portal.state.bots.get(botId));
}

export function ownedBot(state: PortalState, owner: BotOwner, bot: Bot | undefined): Bot {
  if (!bot) throw refusal('BOT_NOT_FOUND', 'Bot not found');
  const foreignGeneration = bot.api === 'v1' && bot.owner.kind === 'token' && !state.v2MethodsForV1Bots;
  if (foreignGeneration || ownerKey(bot.owner) !== ownerKey(owner)) {
    throw denied('BOT_OWNERSHIP_ERROR', 'Bot was installed by another application');
  }
  return bot;
}

export function fieldsOf(params: Params): Params {
  const fields = mapOf(params['fields']);
  if (!fields) throw argumentMissing('fields');
  return fields;
}

export function argumentMissing(name: string): Error {
  return refusal('ERROR_ARGUMENT', `Could not find value for parameter {${name}}`);
}

/** The chat that `dialogId` names, if the bot is in it. */
export function chatForBot(portal: PortalCore, bot: Bot, params: Params): Chat {
  const dialogId = textOf(params['dialogId']) ?? '';
  if (dialogId === '') throw argumentMissing('dialogId');
  const chat = chatByDialogId(portal.state, bot, dialogId);
  if (!chat?.members.has(bot.id)) throw denied('ACCESS_DENIED', 'Access denied');
  return chat;
}

export function messageForBot(portal: PortalCore, params: Params): Message | undefined {
  const messageId = idOf(params['messageId']);
  if (messageId === 0) throw argumentMissing('messageId');
  const message = portal.state.messages.get(messageId);
  return message?.deleted === true ? undefined : message;
}
