import { argumentMissing, callingBotV2 } from './bot-access-v2';
import { scoped, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { flagOf, idOf, textOf } from '../shared/params';
import { refusal } from './refusal';

export function fetchMethods(portal: PortalCore): MethodTable {
  return {
    ...scoped(['imbot'], { 'imbot.v2.Event.get': { run: (call) => getEvents(portal, call) } }),
    'imbot.v2.Revision.get': {
      scopes: [['imbot']],
      run: () => ({ result: { rest: 36, web: 120, mobile: 30, desktop: 8 } }),
    },
  };
}

/** An offset confirms everything below it, and what is confirmed is gone. */
function getEvents(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const { params } = call;
  if (bot.eventMode !== 'fetch') throw refusal('BOT_INVALID_EVENT_MODE', 'The bot is not in fetch mode');
  if (flagOf(params['withUserEvents'], false)) refuseUserEvents(call);
  const limit = 'limit' in params ? idOf(params['limit']) : 100;
  if (limit < 1 || limit > 1000) throw argumentMissing('limit');
  const offset = offsetOf(params['offset']);
  bot.confirmedBelow = Math.max(bot.confirmedBelow, offset);
  bot.queue = bot.queue.filter((event) => event.eventId >= bot.confirmedBelow);
  const events = bot.queue.slice(0, limit);
  const last = events.at(-1);
  const nextOffset = last ? last.eventId + 1 : bot.confirmedBelow;
  bot.fetchedBelow = Math.max(bot.fetchedBelow, nextOffset);
  return { result: { events, nextOffset, hasMore: bot.queue.length > events.length } };
}

function offsetOf(given: unknown): number {
  if (given === undefined || given === null) return 0;
  if (!/^\d+$/.test(textOf(given) ?? '')) throw argumentMissing('offset');
  return Number(given);
}

/** Nobody is ever subscribed to a user's own events here. */
function refuseUserEvents({ caller }: MethodCall): never {
  if (!caller.scopes.includes('im')) throw refusal('SCOPE_ERROR', 'The im scope is required');
  throw refusal('USER_NOT_SUBSCRIBED', 'The user is not subscribed to events');
}
