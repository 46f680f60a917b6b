import { callingBotV2, fieldsOf, ownedBot, ownerV2 } from './bot-access-v2';
import { createBot, forgetBot, ownedBy } from './bots';
import { done, scoped, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { botEntity, userEntity } from './events-v2';
import { flagOf, idOf, mapOf, textOf, type Params } from '../shared/params';
import { refusal } from './refusal';
import { ownerKey, type Bot, type BotOwner, type BotType, type PortalState } from './state';

const botTypes: readonly BotType[] = ['bot', 'supervisor', 'personal', 'openline'];
const longestToken = 40;
const mostBots = 100;

export function botMethodsV2(portal: PortalCore): MethodTable {
  return scoped(['imbot'], {
    'imbot.v2.Bot.register': { run: (call) => register(portal, call) },
    'imbot.v2.Bot.update': { run: (call) => update(portal, call) },
    'imbot.v2.Bot.get': { run: (call) => get(portal, call) },
    'imbot.v2.Bot.list': { run: (call) => list(portal, call) },
    'imbot.v2.Bot.unregister': { run: (call) => unregister(portal, call) },
  });
}

function register(portal: PortalCore, call: MethodCall): MethodAnswer {
  const fields = mapOf(call.params['fields']) ?? {};
  // Only here the token is one of the fields.
  const owner = ownerV2(call, fields['botToken']);
  if (owner.kind === 'token') {
    if (owner.token.length > longestToken) throw refusal('BOT_TOKEN_INVALID_LENGTH', 'Bot token is too long');
    portal.hide(owner.token);
  }
  const code = textOf(fields['code']) ?? '';
  if (code === '') throw refusal('BOT_CODE_REQUIRED', 'Bot code is required');
  const existing = [...portal.state.bots.values()].find((bot) => bot.code === code);
  if (existing) return asRegistered(portal.state, existing, owner);
  if (ownedBy(portal.state, owner).length >= mostBots) throw refusal('BOT_LIMIT_EXCEEDED', 'Too many bots');
  const bot = createBot(portal.state, { code, api: 'v2', owner, ...registration(fields) });
  applyFields(portal.state, bot, fields);
  return botAnswer(portal.state, bot);
}

/** A repeated registration changes nothing at all. */
function asRegistered(state: PortalState, bot: Bot, owner: BotOwner): MethodAnswer {
  if (bot.api !== 'v2' || ownerKey(bot.owner) !== ownerKey(owner)) {
    throw refusal('BOT_CODE_ALREADY_TAKEN', 'This code is already taken');
  }
  return botAnswer(state, bot);
}

function registration(fields: Params): {
  name: string;
  type: BotType;
  eventMode: 'webhook' | 'fetch';
  handlerUrls: string[];
  supportsOpenChannels: boolean;
} {
  const name = textOf(mapOf(fields['properties'])?.['name']) ?? '';
  if (name === '') throw refusal('BOT_PROPERTIES_REQUIRED', 'properties.name is required');
  const type = botTypes.find((known) => known === (fields['type'] ?? 'bot'));
  if (type === undefined) throw refusal('BOT_INVALID_TYPE', 'Unknown bot type');
  const eventMode = eventModeOf(fields['eventMode'] ?? 'fetch');
  const supportsOpenChannels = flagOf(fields['isSupportOpenline'], false);
  if (eventMode === 'fetch') return { name, type, eventMode, handlerUrls: [], supportsOpenChannels };
  if (fields['webhookUrl'] === undefined) throw refusal('BOT_WEBHOOK_URL_REQUIRED', 'webhookUrl is required');
  return { name, type, eventMode, handlerUrls: [callbackOf(fields['webhookUrl'])], supportsOpenChannels };
}

function eventModeOf(given: unknown): 'webhook' | 'fetch' {
  if (given === 'webhook' || given === 'fetch') return given;
  throw refusal('BOT_INVALID_EVENT_MODE', 'Unknown event mode');
}

/** Only https reaches a real handler; loopback is let through because that is where the sandbox lives. */
export function isHandlerUrl(given: unknown): given is string {
  if (typeof given !== 'string' || !URL.canParse(given)) return false;
  const { protocol, hostname } = new URL(given);
  const isLoopback = hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}

function callbackOf(given: unknown): string {
  if (!isHandlerUrl(given)) throw refusal('BOT_INVALID_CALLBACK', 'webhookUrl is not valid');
  return given;
}

function update(portal: PortalCore, call: MethodCall): MethodAnswer {
  const { state } = portal;
  const bot = callingBotV2(portal, call);
  const fields = fieldsOf(call.params);
  rotateToken(portal, bot, fields['botToken']);
  if ('eventMode' in fields || 'webhookUrl' in fields) resubscribe(state, bot, fields);
  applyFields(state, bot, fields);
  return botAnswer(state, bot);
}

/**
 * A changed address drops the old subscriptions, except for an app with several bots: they share one
 * application token, so the old address keeps getting events.
 */
function resubscribe(state: PortalState, bot: Bot, fields: Params): void {
  const eventMode = eventModeOf(fields['eventMode'] ?? bot.eventMode);
  if (eventMode === 'fetch') {
    bot.eventMode = 'fetch';
    bot.handlerUrls = [];
    return;
  }
  const url = callbackOf(fields['webhookUrl'] ?? bot.handlerUrls.at(-1));
  const neighbours = ownedBy(state, bot.owner).filter(
    (other) => other.id !== bot.id && other.eventMode === 'webhook',
  );
  const keepsOld = bot.owner.kind === 'app' && neighbours.length > 0;
  bot.eventMode = 'webhook';
  bot.handlerUrls = keepsOld ? [...bot.handlerUrls.filter((old) => old !== url), url] : [url];
}

function rotateToken(portal: PortalCore, bot: Bot, given: unknown): void {
  if (given === undefined) return;
  const token = textOf(given) ?? '';
  if (bot.owner.kind !== 'token' || token === '' || token.length > longestToken) {
    throw refusal('BOT_TOKEN_ROTATION_FAILED', 'Bot token was not changed');
  }
  portal.hide(token);
  bot.owner = { kind: 'token', token };
}

function applyFields(state: PortalState, bot: Bot, fields: Params): void {
  bot.isHidden = flagOf(fields['isHidden'], bot.isHidden);
  bot.isReactionsEnabled = flagOf(fields['isReactionsEnabled'], bot.isReactionsEnabled);
  bot.supportsOpenChannels =
    bot.type === 'openline' || flagOf(fields['isSupportOpenline'], bot.supportsOpenChannels);
  bot.backgroundId = textOf(fields['backgroundId']) ?? bot.backgroundId;
  const properties = mapOf(fields['properties']);
  if (properties) applyProperties(state, bot, properties);
}

function applyProperties(state: PortalState, bot: Bot, properties: Params): void {
  const user = state.users.get(bot.id);
  if (!user) return;
  checkAvatar(properties['avatar']);
  user.firstName = textOf(properties['name']) ?? user.firstName;
  user.lastName = textOf(properties['lastName']) ?? user.lastName;
  user.workPosition = textOf(properties['workPosition']) ?? user.workPosition;
  user.name = `${user.firstName} ${user.lastName}`.trim();
  bot.color = textOf(properties['color']) ?? bot.color;
}

function checkAvatar(avatar: unknown): void {
  if (avatar === undefined || avatar === '') return;
  if (typeof avatar !== 'string' || !isBase64(avatar)) {
    throw refusal(
      'BOT_AVATAR_INCORRECT_TYPE',
      'The avatar must be base64 of an image, without a data: prefix',
    );
  }
}

export function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/\r\n]+={0,2}\s*$/.test(text);
}

function botAnswer(state: PortalState, bot: Bot): MethodAnswer {
  return { result: { bot: botEntity(state, bot), users: usersOf(state, [bot]) } };
}

function usersOf(state: PortalState, bots: readonly Bot[]): unknown[] {
  return bots.flatMap((bot) => state.users.get(bot.id) ?? []).map(userEntity);
}

function get(portal: PortalCore, call: MethodCall): MethodAnswer {
  const { params } = call;
  const owner = ownerV2(call, params['botToken']);
  const botId = idOf(params['botId']);
  const code = textOf(params['code']) ?? '';
  if (botId === 0 && code === '') throw refusal('PARAMS_REQUIRED', 'botId or code is required');
  const bots = [...portal.state.bots.values()];
  const bot = bots.find((one) => (botId === 0 ? one.code === code : one.id === botId));
  return botAnswer(portal.state, ownedBot(portal.state, owner, bot));
}

/** Everybody's bots are listed, but of other people's only what they look like. */
function list({ state }: PortalCore, call: MethodCall): MethodAnswer {
  const owner = ownerV2(call, call.params['botToken']);
  const type = mapOf(call.params['filter'])?.['type'];
  const offset = idOf(call.params['offset']);
  const limit = idOf(call.params['limit']) || 50;
  const all = [...state.bots.values()].filter((bot) => type === undefined || bot.type === type);
  const page = all.slice(offset, offset + limit);
  const bots = page.map((bot) =>
    ownerKey(bot.owner) === ownerKey(owner)
      ? botEntity(state, bot)
      : { id: bot.id, code: bot.code, type: bot.type },
  );
  return { result: { bots, users: usersOf(state, page), hasNextPage: offset + limit < all.length } };
}

function unregister(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  forgetBot(portal.state, bot);
  portal.announce([bot], { kind: 'bot-removed' });
  return done;
}
