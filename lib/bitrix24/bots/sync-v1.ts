import { entriesAt, idAt, textAt } from '../../core/fields';
import { UnreachableError } from '../../core/errors';
import { digestOf } from '../events/plain-json';
import type { BotCalls } from './bot-calls';
import { fieldsOf, writeFingerprint, type BotMemory, type RememberedFields } from './bot-memory';
import type { BotType, WishedBot } from './bot-wish';
import { syncCommandsV1 } from './commands-v1';
import { explainRefusal, isRefusedWith } from './refusals';
import { addressShared, portalKeeps, typeDiffers, type BotDeed, type SyncNote } from './sync-outcome';
import type { SyncOutcome } from './sync-outcome';
import { sameBot } from './sync-v2';

/** Everything that the older generation tells about a bot. */
export interface ListedBotV1 {
  id: number;
  code: string;
  name: string;
  openLines: boolean;
}

const letters: Readonly<Record<Exclude<BotType, 'personal'>, string>> = {
  openline: 'O',
  bot: 'B',
  supervisor: 'S',
};

export async function listBotsV1(
  calls: Pick<BotCalls, 'read'>,
  botToken: string | undefined,
): Promise<ListedBotV1[]> {
  const result = await calls.read('imbot.bot.list', { CLIENT_ID: botToken });
  return entriesAt({ result }, 'result').flatMap(readListed);
}

export async function syncV1(
  calls: BotCalls,
  wish: WishedBot,
  remembered: BotMemory | undefined,
): Promise<SyncOutcome> {
  const did: BotDeed[] = [];
  const notes: SyncNote[] = [];
  const listed = await listBotsV1(calls, wish.botToken);
  const found = listed.find(({ code }) => code === wish.code);
  const memory = sameBot(remembered, found?.id, 'v1');
  // A repeated registration changes nothing; it tells whether a bot that only looks like ours is ours.
  const botId = found && memory ? found.id : await register(calls, wish);
  if (!found) did.push('registered');

  const before = found ? memory?.fields : fieldsOf(wish);
  const isSettled = memory !== undefined && found && memory.settled === settledDigest(wish, found.name);
  const fields = found && !isSettled ? difference(wish, found, before) : {};
  if (Object.keys(fields).length > 0) {
    await calls.write('imbot.update', { BOT_ID: botId, CLIENT_ID: wish.botToken, FIELDS: fields });
    did.push('updated');
  }
  if (!found || 'EVENT_MESSAGE_ADD' in fields) notes.push(...sharingNotes(wish, listed, botId));
  notes.push(...typeNotes(wish, found, memory));
  const shownName = did.length > 0 ? await nameOf(calls, wish, botId) : (found?.name ?? wish.name);
  if (shownName !== wish.name) notes.push(portalKeeps(['name']));

  const commands = await syncCommandsV1(calls, wish, botId, found ? memory?.commands : new Map());
  const fingerprint = writeFingerprint({
    api: 'v1',
    botId,
    settled: settledDigest(wish, shownName),
    // The type cannot be changed and is not shown: the one of the registration stays the true one.
    fields: { ...fieldsOf(wish), type: memory?.fields.type ?? wish.type },
    commands: commands.memory,
  });
  return { botId, did: [...did, ...commands.did], fingerprint, notes: [...notes, ...commands.notes] };
}

async function register(calls: BotCalls, wish: WishedBot): Promise<number> {
  const result = await registration(calls, wish);
  const botId = idAt({ result }, 'result');
  if (botId === undefined) {
    throw new UnreachableError('BITRIX_UNREACHABLE', 'imbot.register: the answer names no bot', {
      sent: true,
    });
  }
  // A registration ignores the addresses for edits and deletions of this type; they are bound afterwards.
  if (wish.type === 'bot') {
    const FIELDS = { EVENT_MESSAGE_UPDATE: wish.webhookUrl, EVENT_MESSAGE_DELETE: wish.webhookUrl };
    await calls.write('imbot.update', { BOT_ID: botId, CLIENT_ID: wish.botToken, FIELDS });
  }
  return botId;
}

async function registration(calls: BotCalls, wish: WishedBot): Promise<unknown> {
  const params = {
    CODE: wish.code,
    TYPE: wish.type === 'personal' ? letters.bot : letters[wish.type],
    OPENLINE: wish.type === 'openline' ? 'Y' : 'N',
    ...handlersOf(wish),
    CLIENT_ID: wish.botToken,
    PROPERTIES: {
      NAME: wish.name,
      ...(wish.workPosition !== '' && { WORK_POSITION: wish.workPosition }),
      ...(wish.color !== '' && { COLOR: wish.color }),
      ...(wish.avatar !== '' && { PERSONAL_PHOTO: wish.avatar }),
    },
  };
  try {
    return await calls.write('imbot.register', params);
  } catch (error) {
    // Here the older generation says no more than this when the code belongs to somebody else.
    throw isRefusedWith(error, 'WRONG_REQUEST') ? explainRefusal(error, '', 'code-taken') : error;
  }
}

function handlersOf({ webhookUrl }: WishedBot): Readonly<Record<string, string>> {
  return {
    EVENT_MESSAGE_ADD: webhookUrl,
    EVENT_MESSAGE_UPDATE: webhookUrl,
    EVENT_MESSAGE_DELETE: webhookUrl,
    EVENT_WELCOME_MESSAGE: webhookUrl,
    EVENT_BOT_DELETE: webhookUrl,
  };
}

function difference(wish: WishedBot, shown: ListedBotV1, before: RememberedFields | undefined): object {
  const now = fieldsOf(wish);
  const changed = (name: keyof RememberedFields): boolean => now[name] !== before?.[name];
  const wasOurs = before !== undefined && before.workPosition !== digestOf('');
  const properties = {
    ...(shown.name !== wish.name && { NAME: wish.name, LAST_NAME: '' }),
    ...(changed('workPosition') &&
      (wish.workPosition !== '' || wasOurs) && { WORK_POSITION: wish.workPosition }),
    ...(changed('color') && wish.color !== '' && { COLOR: wish.color }),
    ...(changed('avatar') && wish.avatar !== '' && { PERSONAL_PHOTO: wish.avatar }),
  };
  return {
    ...(changed('webhookUrl') && handlersOf(wish)),
    ...(Object.keys(properties).length > 0 && { PROPERTIES: properties }),
  };
}

function settledDigest(wish: WishedBot, shownName: string): string {
  return digestOf([wish.code, wish.name, fieldsOf(wish), shownName]);
}

/** One set of addresses for all bots of an app. Bots made through a webhook have a set for each CLIENT_ID. */
function sharingNotes({ botToken }: WishedBot, listed: readonly ListedBotV1[], botId: number): SyncNote[] {
  const others = listed.filter(({ id }) => id !== botId).length;
  return botToken === undefined && others > 0 ? [addressShared(others)] : [];
}

function typeNotes(
  wish: WishedBot,
  found: ListedBotV1 | undefined,
  memory: BotMemory | undefined,
): SyncNote[] {
  if (memory && memory.fields.type !== wish.type) return [typeDiffers(wish.type, memory.fields.type)];
  const cannotServe = wish.type === 'openline' && found?.openLines === false;
  return cannotServe ? [typeDiffers(wish.type, 'bot')] : [];
}

async function nameOf(calls: BotCalls, wish: WishedBot, botId: number): Promise<string> {
  const listed = await listBotsV1(calls, wish.botToken);
  return listed.find(({ id }) => id === botId)?.name ?? wish.name;
}

function readListed(entry: unknown): ListedBotV1[] {
  const id = idAt(entry, 'ID');
  if (id === undefined) return [];
  const openLines = textAt(entry, 'OPENLINE') === 'Y';
  return [{ id, code: textAt(entry, 'CODE') ?? '', name: textAt(entry, 'NAME') ?? '', openLines }];
}
