import { callingBotV1, ownerV1 } from './bot-access-v1';
import { createBot, forgetBot, ownedBy, v1ContextEvent, v1Events, v1HandlersOf } from './bots';
import { isHandlerUrl } from './bots-v2';
import { scoped, yes, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { mapOf, textOf, upperKeys, type Params } from '../shared/params';
import { refusal } from './refusal';
import { ownerKey, type Bot, type BotOwner, type BotType, type PortalState } from './state';

const typesByLetter: Readonly<Record<string, BotType>> = {
  B: 'bot',
  O: 'openline',
  H: 'human',
  S: 'supervisor',
};
const mostBots = 5;

const handlerKeys = [
  { key: 'EVENT_MESSAGE_ADD', event: v1Events.message, required: true },
  { key: 'EVENT_WELCOME_MESSAGE', event: v1Events.join, required: true },
  { key: 'EVENT_BOT_DELETE', event: v1Events.removed, required: true },
  { key: 'EVENT_MESSAGE_UPDATE', event: v1Events.edit, required: false },
  { key: 'EVENT_MESSAGE_DELETE', event: v1Events.delete, required: false },
] as const;

export function botMethodsV1(portal: PortalCore): MethodTable {
  return scoped(['imbot'], {
    'imbot.register': { run: (call) => register(portal, call) },
    'imbot.update': { run: (call) => update(portal, call) },
    'imbot.unregister': { run: (call) => unregister(portal, call) },
    'imbot.bot.list': { run: () => ({ result: listed(portal.state) }) },
  });
}

function register(portal: PortalCore, call: MethodCall): MethodAnswer {
  const owner = ownerV1(call);
  if (owner.kind === 'token') portal.hide(owner.token);
  const params = upperKeys(call.params);
  const { state } = portal;
  const type = typesByLetter[textOf(params['TYPE']) ?? 'B'] ?? 'bot';
  const supportsOpenChannels = type === 'openline' || params['OPENLINE'] === 'Y';
  const handlers = readHandlers(params, true);
  const code = textOf(params['CODE']) ?? '';
  if (code === '') throw refusal('CODE_ERROR', "Bot code isn't specified");
  const properties = upperKeys(mapOf(params['PROPERTIES']) ?? {});
  const name = textOf(properties['NAME']) ?? '';
  const lastName = textOf(properties['LAST_NAME']) ?? '';
  if (name === '' && lastName === '') throw refusal('NAME_ERROR', "Bot name isn't specified");
  const existing = [...state.bots.values()].find((bot) => bot.code === code);
  if (existing) return sameBot(existing, owner);
  if (ownedBy(state, owner).length >= mostBots)
    throw refusal('MAX_COUNT_ERROR', 'Has reached the maximum number of bots');
  // Edits and deletions are not told to these two kinds until imbot.update asks for them.
  const hearsEdits = supportsOpenChannels || (type !== 'bot' && type !== 'human');
  if (!hearsEdits) {
    handlers.delete(v1Events.edit);
    handlers.delete(v1Events.delete);
  }
  bindHandlers(state, owner, handlers);
  const workPosition = textOf(properties['WORK_POSITION']) ?? '';
  const bot = createBot(state, {
    code,
    api: 'v1',
    owner,
    type,
    supportsOpenChannels,
    name,
    lastName,
    workPosition,
    eventMode: 'webhook',
    handlerUrls: [],
  });
  return { result: bot.id };
}

/** A code belongs to one bot of the whole portal. */
function sameBot(existing: Bot, owner: BotOwner): MethodAnswer {
  if (existing.api !== 'v1' || ownerKey(existing.owner) !== ownerKey(owner)) {
    throw refusal('WRONG_REQUEST', "Bot can't be created");
  }
  return { result: existing.id };
}

function readHandlers(params: Params, registering: boolean): Map<string, string> {
  const handlers = new Map<string, string>();
  for (const { key, event, required } of handlerKeys) {
    const given = params['EVENT_HANDLER'] ?? params[key];
    if (given === undefined && !(registering && required)) continue;
    if (!isHandlerUrl(given)) throw refusal(`${key}_ERROR`, `Handler for ${key} isn't correct`);
    handlers.set(event, given);
  }
  const joined = handlers.get(v1Events.join);
  if (joined !== undefined) handlers.set(v1ContextEvent, joined);
  return handlers;
}

/** One set of handlers for all bots of an owner: the last one registered wins. */
function bindHandlers(state: PortalState, owner: BotOwner, handlers: ReadonlyMap<string, string>): void {
  for (const [event, url] of handlers) v1HandlersOf(state, owner).set(event, url);
}

function update(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call, true);
  const fields = upperKeys(mapOf(upperKeys(call.params)['FIELDS']) ?? {});
  if (Object.keys(fields).length === 0) throw refusal('WRONG_REQUEST', "Bot can't be updated");
  bindHandlers(portal.state, bot.owner, readHandlers(fields, false));
  bot.code = textOf(fields['CODE']) ?? bot.code;
  const properties = upperKeys(mapOf(fields['PROPERTIES']) ?? {});
  const user = portal.state.users.get(bot.id);
  if (user) {
    user.firstName = textOf(properties['NAME']) ?? user.firstName;
    user.lastName = textOf(properties['LAST_NAME']) ?? user.lastName;
    user.workPosition = textOf(properties['WORK_POSITION']) ?? user.workPosition;
    user.name = `${user.firstName} ${user.lastName}`.trim();
  }
  return yes;
}

function unregister(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call, true);
  forgetBot(portal.state, bot);
  portal.announce([bot], { kind: 'bot-removed' });
  return yes;
}

function listed(state: PortalState): unknown {
  const entries = [...state.bots.values()].map((bot) => [
    bot.id,
    {
      ID: bot.id,
      NAME: state.users.get(bot.id)?.name ?? '',
      CODE: bot.code,
      OPENLINE: bot.supportsOpenChannels ? 'Y' : 'N',
    },
  ]);
  // PHP writes an empty map as a list.
  return entries.length === 0 ? [] : Object.fromEntries(entries);
}
