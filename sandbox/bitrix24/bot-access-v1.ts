import type { MethodCall, PortalCore } from './call';
import { chatByDialogId } from './chats';
import { idOf, textOf, upperKeys, type Params } from '../shared/params';
import { denied, refusal } from './refusal';
import { ownerKey, type Bot, type BotOwner, type Chat, type PortalState } from './state';

/** Through a webhook every call of this generation needs its CLIENT_ID. */
export function ownerV1({ caller, params }: MethodCall): BotOwner {
  if (caller.kind === 'app') return { kind: 'app', clientId: caller.clientId };
  const token = textOf(upperKeys(params)['CLIENT_ID']) ?? '';
  if (token === '') throw denied('ACCESS_DENIED', 'Client ID not specified');
  return { kind: 'token', token };
}

/** Without BOT_ID the first bot of the application is meant. */
export function callingBotV1(portal: PortalCore, call: MethodCall, botRequired = false): Bot {
  const owner = ownerV1(call);
  const params = upperKeys(call.params);
  if (!('BOT_ID' in params) && !botRequired) {
    const first = [...portal.state.bots.values()].find((bot) => isOwned(bot, owner));
    if (!first) throw refusal('BOT_ID_ERROR', 'Bot not found');
    return first;
  }
  const bot = portal.state.bots.get(idOf(params['BOT_ID']));
  if (!bot) throw refusal('BOT_ID_ERROR', 'Bot not found');
  if (!isOwned(bot, owner)) throw refusal('APP_ID_ERROR', 'Bot was installed by another application');
  return bot;
}

/** A CLIENT_ID is no botToken: they are kept apart even when they read the same. */
function isOwned(bot: Bot, owner: BotOwner): boolean {
  return ownerKey(bot.owner) === ownerKey(owner) && (bot.api === 'v1' || bot.owner.kind === 'app');
}

export function dialogChatV1(state: PortalState, bot: Bot, params: Params): Chat | undefined {
  const dialogId = textOf(params['DIALOG_ID']) ?? '';
  if (dialogId === '') throw refusal('DIALOG_ID_EMPTY', "Dialog ID can't be empty");
  const chat = chatByDialogId(state, bot, dialogId);
  return chat?.members.has(bot.id) === true ? chat : undefined;
}
