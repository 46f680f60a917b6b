import { at, flagAt, idAt, textAt } from '../../core/fields';
import { InvalidError, UnreachableError } from '../../core/errors';
import { digestOf } from '../events/plain-json';
import type { BotCalls } from './bot-calls';
import { fieldsOf, writeFingerprint, type BotMemory, type RememberedFields } from './bot-memory';
import type { ApiVersion, WishedBot } from './bot-wish';
import { syncCommandsV2 } from './commands-v2';
import { isRefusedWith } from './refusals';
import { oldAddressMayStay, portalKeeps, typeDiffers, type BotDeed, type SyncNote } from './sync-outcome';
import type { SyncOutcome } from './sync-outcome';

/** What the portal tells about a bot. */
export interface ShownBot {
  id: number;
  type: string;
  name: string | undefined;
  workPosition: string;
  eventMode: string;
  supportsOpenLines: boolean;
}

/** From this revision on, a changed address drops the old subscriptions. */
const revisionThatCleansUp = 35;

export async function syncV2(
  calls: BotCalls,
  wish: WishedBot,
  remembered: BotMemory | undefined,
): Promise<SyncOutcome> {
  const did: BotDeed[] = [];
  const notes: SyncNote[] = [];
  const found = await findBot(calls, wish);
  const memory = sameBot(remembered, found?.id, 'v2');
  // A repeated registration changes nothing. Without a memory it tells whether the bot is one of this generation.
  let shown = found && memory ? found : await register(calls, wish);
  if (!found) did.push('registered');

  const before = found ? memory?.fields : fieldsOf(wish);
  const isSettled = memory !== undefined && memory.settled === settledDigest(wish, shown);
  const fields = isSettled ? {} : difference(wish, shown, before);
  if (Object.keys(fields).length > 0) {
    shown = await update(calls, wish, shown.id, fields);
    did.push('updated');
    const hadAddress = before !== undefined && before.webhookUrl !== digestOf('');
    if (hadAddress && 'webhookUrl' in fields) notes.push(...(await addressNotes(calls, wish)));
  }
  if (shown.type !== wish.type) notes.push(typeDiffers(wish.type, shown.type));
  const kept = differingNames(wish, shown);
  if (kept.length > 0) notes.push(portalKeeps(kept));

  const commands = await syncCommandsV2(calls, wish, shown.id, memory?.commands);
  const fingerprint = writeFingerprint({
    api: 'v2',
    botId: shown.id,
    settled: settledDigest(wish, shown),
    fields: fieldsOf(wish),
    commands: commands.memory,
  });
  return { botId: shown.id, did: [...did, ...commands.did], fingerprint, notes };
}

async function findBot(calls: BotCalls, { code, botToken }: WishedBot): Promise<ShownBot | undefined> {
  try {
    return readShown('imbot.v2.Bot.get', await calls.read('imbot.v2.Bot.get', { code, botToken }));
  } catch (error) {
    if (isRefusedWith(error, 'BOT_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** A memory of another bot is none; one of the other generation means that the wish cannot come true. */
export function sameBot(
  memory: BotMemory | undefined,
  botId: number | undefined,
  api: ApiVersion,
): BotMemory | undefined {
  if (memory?.botId !== botId) return undefined;
  if (memory === undefined || memory.api === api) return memory;
  const expected = `${memory.api}: the bot was registered with it, and its events keep that form. Or remove the bot, or choose another code`;
  throw new InvalidError('CONFIG_INVALID', `apiVersion must be ${expected}`, {
    params: { property: 'apiVersion', expected, why: 'botGeneration', api: memory.api.slice(1) },
  });
}

async function register(calls: BotCalls, wish: WishedBot): Promise<ShownBot> {
  const { code, type, botToken } = wish;
  const fields = {
    code,
    type,
    // Only in this method the token is one of the fields.
    ...(botToken !== undefined && { botToken }),
    ...(type === 'openline' && { isSupportOpenline: true }),
    ...eventFields(wish),
    properties: {
      name: wish.name,
      ...(wish.workPosition !== '' && { workPosition: wish.workPosition }),
      ...(wish.color !== '' && { color: wish.color }),
      ...(wish.avatar !== '' && { avatar: wish.avatar }),
    },
  };
  return readShown('imbot.v2.Bot.register', await calls.write('imbot.v2.Bot.register', { fields }));
}

async function update(
  calls: BotCalls,
  { botToken }: WishedBot,
  botId: number,
  fields: object,
): Promise<ShownBot> {
  const params = { botId, botToken, fields };
  return readShown('imbot.v2.Bot.update', await calls.write('imbot.v2.Bot.update', params));
}

function eventFields({ eventMode, webhookUrl }: WishedBot): object {
  return eventMode === 'fetch' ? { eventMode } : { eventMode, webhookUrl };
}

/** What has to be written: compared with the portal where it tells, with `before` where it does not. */
function difference(wish: WishedBot, shown: ShownBot, before: RememberedFields | undefined): object {
  const now = fieldsOf(wish);
  const changed = (name: keyof RememberedFields): boolean => now[name] !== before?.[name];
  const differing = differingNames(wish, shown);
  const properties = {
    // A last name set by hand would stand beside the name.
    ...(differing.includes('name') && { name: wish.name, lastName: '' }),
    ...((differing.includes('workPosition') || wasEmptied(wish, before)) && {
      workPosition: wish.workPosition,
    }),
    ...(changed('color') && wish.color !== '' && { color: wish.color }),
    ...(changed('avatar') && wish.avatar !== '' && { avatar: wish.avatar }),
  };
  const movesEvents =
    differing.includes('eventMode') || (wish.eventMode === 'webhook' && changed('webhookUrl'));
  return {
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(movesEvents && eventFields(wish)),
    ...(differing.includes('supportsOpenLines') && { isSupportOpenline: true }),
  };
}

function differingNames(wish: WishedBot, shown: ShownBot): string[] {
  const { name, workPosition, eventMode, type } = wish;
  const rows: [string, boolean][] = [
    ['name', shown.name !== undefined && shown.name !== name],
    ['workPosition', workPosition !== '' && shown.workPosition !== workPosition],
    ['eventMode', shown.eventMode !== eventMode],
    // A bot of another type that serves Open Channels does the same work, and this can be changed.
    ['supportsOpenLines', type === 'openline' && !shown.supportsOpenLines],
  ];
  return rows.flatMap(([field, differs]) => (differs ? [field] : []));
}

/** An empty field is left to the portal, unless it was ours. */
function wasEmptied({ workPosition }: WishedBot, before: RememberedFields | undefined): boolean {
  return workPosition === '' && before !== undefined && before.workPosition !== digestOf('');
}

function settledDigest(wish: WishedBot, shown: ShownBot): string {
  const { code, name, type, eventMode } = wish;
  return digestOf([code, name, type, eventMode, fieldsOf(wish), shown]);
}

/** The name is beside the bot, in `users`. */
function readShown(method: string, answer: unknown): ShownBot {
  const bot = at(answer, 'bot');
  const id = idAt(bot, 'id');
  if (id === undefined) {
    throw new UnreachableError('BITRIX_UNREACHABLE', `${method}: the answer names no bot`, { sent: true });
  }
  const users = at(answer, 'users');
  const people: unknown[] = typeof users === 'object' && users !== null ? Object.values(users) : [];
  const user = people.find((person) => idAt(person, 'id') === id);
  return {
    id,
    type: textAt(bot, 'type') ?? '',
    name: textAt(user, 'name'),
    workPosition: textAt(user, 'workPosition') ?? '',
    eventMode: textAt(bot, 'eventMode') ?? '',
    supportsOpenLines: flagAt(bot, 'isSupportOpenline'),
  };
}

/** Only asked for when an address has changed; a portal too old to tell its revision is too old to clean up. */
async function addressNotes(calls: BotCalls, { botToken }: WishedBot): Promise<SyncNote[]> {
  const neighbours = botToken === undefined ? [oldAddressMayStay('neighbours')] : [];
  try {
    const revision = idAt(await calls.read('imbot.v2.Revision.get', {}), 'rest') ?? 0;
    return revision < revisionThatCleansUp ? [oldAddressMayStay('revision')] : neighbours;
  } catch (error) {
    return isRefusedWith(error, 'ERROR_METHOD_NOT_FOUND') ? [oldAddressMayStay('revision')] : neighbours;
  }
}
