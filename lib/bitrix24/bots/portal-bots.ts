import { at, entriesAt, flagAt, idAt, textAt } from '../../core/fields';
import { CancelledError } from '../../core/errors';
import type { BatchOutcome, PortalRest } from '../rest/portal';
import { createBotCalls, type BotCalls, type BotRest } from './bot-calls';
import type { ApiVersion } from './bot-wish';
import { commandListV2, readCommandsV2, type ListedCommand } from './commands-v2';
import { explainRefusal, isRefusedWith } from './refusals';
import { listBotsV1 } from './sync-v1';

/** With which generation and token a portal is asked about its bots. No token: as an app. */
export interface BotAccess {
  apiVersion: ApiVersion;
  botToken?: string | undefined;
  signal?: AbortSignal | undefined;
  /** A person waits for the answer. */
  urgent?: boolean | undefined;
}

/** A bot as the portal lists it. What the generation does not tell is left out. */
export interface BotCard {
  id: number;
  code: string;
  name: string;
  type?: string;
  eventMode?: string;
  openLines?: boolean;
  /** Whether it is the caller's own: of others only the looks are listed. */
  isOwn?: boolean;
}

const pageSize = 50;
/** 100 bots per app; nobody has this many, and a portal that always names a next page must not keep us. */
const mostPages = 200;

export async function listBots(rest: BotRest, access: BotAccess): Promise<BotCard[]> {
  const calls = createBotCalls(rest, access);
  if (access.apiVersion === 'v2') return listBotsV2(calls, access.botToken);
  return listBotsV1(calls, access.botToken);
}

async function listBotsV2(calls: BotCalls, botToken: string | undefined): Promise<BotCard[]> {
  const cards = new Map<number, BotCard>();
  let offset = 0;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await calls.read('imbot.v2.Bot.list', { botToken, limit: pageSize, offset });
    const bots = entriesAt(answer, 'bots');
    const names = new Map(entriesAt(answer, 'users').map((user) => [idAt(user, 'id'), textAt(user, 'name')]));
    for (const bot of bots) {
      const id = idAt(bot, 'id');
      if (id !== undefined) cards.set(id, cardOf(bot, id, names.get(id) ?? ''));
    }
    offset += bots.length;
    if (bots.length === 0 || !flagAt(answer, 'hasNextPage')) break;
  }
  return [...cards.values()];
}

function cardOf(bot: unknown, id: number, name: string): BotCard {
  const type = textAt(bot, 'type');
  const eventMode = textAt(bot, 'eventMode');
  const hasOpenLines = at(bot, 'isSupportOpenline') !== undefined;
  return {
    id,
    code: textAt(bot, 'code') ?? '',
    name,
    ...(type !== undefined && { type }),
    ...(eventMode !== undefined && { eventMode }),
    ...(hasOpenLines && { openLines: flagAt(bot, 'isSupportOpenline') }),
    isOwn: eventMode !== undefined,
  };
}

/**
 * The commands of these bots, by the bot. Undefined: the older generation has no such list. Together in one request:
 * where a portal's limit is used up, each request waits for its turn.
 */
export async function listCommands(
  rest: Pick<PortalRest, 'batch'>,
  { botIds, apiVersion, botToken, signal, urgent }: BotAccess & { botIds: readonly number[] },
): Promise<ReadonlyMap<number, ListedCommand[]> | undefined> {
  if (apiVersion === 'v1') return undefined;
  const keyOf = (botId: number): string => `bot_${botId}`;
  const commands = botIds.map((botId) => ({ key: keyOf(botId), ...commandListV2({ botId, botToken }) }));
  const outcomes = await rest.batch(commands, { idempotent: true, signal, urgent });
  return new Map(botIds.map((botId) => [botId, commandsIn(outcomes.get(keyOf(botId)))]));
}

function commandsIn(outcome: BatchOutcome | undefined): ListedCommand[] {
  if (outcome && 'answer' in outcome) return readCommandsV2(outcome.answer.result);
  throw explainRefusal(outcome?.error ?? new CancelledError(), '');
}

/** False: there was no such bot any more. Its private dialogs go with it. */
export async function removeBot(
  rest: BotRest,
  { botId, botToken, apiVersion, signal, urgent }: BotAccess & { botId: number },
): Promise<boolean> {
  const calls = createBotCalls(rest, { signal, urgent });
  try {
    if (apiVersion === 'v2') await calls.write('imbot.v2.Bot.unregister', { botId, botToken });
    else await calls.write('imbot.unregister', { BOT_ID: botId, CLIENT_ID: botToken });
    return true;
  } catch (error) {
    if (isRefusedWith(error, 'BOT_NOT_FOUND', 'BOT_ID_ERROR')) return false;
    throw error;
  }
}
