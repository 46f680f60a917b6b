import { idAt } from '../../core/fields';
import { UnreachableError } from '../../core/errors';
import { digestOf } from '../events/plain-json';
import type { BotCalls } from './bot-calls';
import type { RememberedCommand } from './bot-memory';
import type { WishedBot } from './bot-wish';
import type { WishedCommand } from './command-wish';
import type { SyncedCommands } from './commands-v2';
import { isRefusedWith } from './refusals';
import { oldCommandsUnknown, type BotDeed, type SyncNote } from './sync-outcome';

/**
 * The older generation cannot list commands: what is there is known from the memory alone. Without one, every command
 * is registered and written again, which changes nothing that is right already.
 */
export async function syncCommandsV1(
  calls: BotCalls,
  wish: WishedBot,
  botId: number,
  memory: ReadonlyMap<string, RememberedCommand> | undefined,
): Promise<SyncedCommands & { notes: SyncNote[] }> {
  const did: BotDeed[] = [];
  const next = new Map<string, RememberedCommand>();
  const keeper = createKeeper(calls, wish, botId);
  for (const command of wish.commands) {
    const settled = digestOf([command, wish.webhookUrl]);
    const known = memory?.get(command.name);
    const id = known?.settled === settled ? known.id : await keeper.write(command, known, memory, did);
    next.set(command.name, {
      id,
      settled,
      languages: Object.keys(command.titles),
      common: command.common,
    });
  }
  for (const [name, { id }] of memory ?? []) {
    if (next.has(name)) continue;
    await keeper.remove(name, id);
    did.push('command-unregistered');
  }
  return { did, memory: next, notes: memory ? [] : [oldCommandsUnknown()] };
}

interface CommandKeeper {
  write(
    command: WishedCommand,
    known: RememberedCommand | undefined,
    memory: ReadonlyMap<string, RememberedCommand> | undefined,
    did: BotDeed[],
  ): Promise<number>;
  remove(name: string, id: number): Promise<void>;
}

function createKeeper(calls: BotCalls, { botToken, webhookUrl }: WishedBot, botId: number): CommandKeeper {
  const owner = { BOT_ID: botId, CLIENT_ID: botToken };

  async function register(command: WishedCommand): Promise<number> {
    const params = {
      ...owner,
      COMMAND: command.name,
      COMMON: yesNo(command.common),
      ...changeable(command, webhookUrl),
    };
    // A repetition after an unclear outcome might make a second command of the same name.
    const result = await calls.writeOnce('imbot.command.register', params, `/${command.name}`);
    const id = idAt({ result }, 'result');
    if (id !== undefined) return id;
    const message = 'imbot.command.register: the answer names no command';
    throw new UnreachableError('BITRIX_UNREACHABLE', message, { sent: true });
  }

  /** False: somebody has removed it. */
  async function update(command: WishedCommand, id: number): Promise<boolean> {
    const params = { ...owner, COMMAND_ID: id, FIELDS: changeable(command, webhookUrl) };
    try {
      await calls.write('imbot.command.update', params, `/${command.name}`);
      return true;
    } catch (error) {
      if (isRefusedWith(error, 'COMMAND_ID_ERROR')) return false;
      throw error;
    }
  }

  async function remove(name: string, id: number): Promise<void> {
    try {
      await calls.write('imbot.command.unregister', { ...owner, COMMAND_ID: id }, `/${name}`);
    } catch (error) {
      if (!isRefusedWith(error, 'COMMAND_ID_ERROR')) throw error;
    }
  }

  return {
    remove,
    async write(command, known, memory, did) {
      // Where a command may be used cannot be changed later.
      if (known && known.common !== command.common) await remove(command.name, known.id);
      else if (known && (await update(command, known.id))) {
        did.push('command-updated');
        return known.id;
      }
      const id = await register(command);
      did.push('command-registered');
      if (!memory) await update(command, id);
      return id;
    },
  };
}

/** All commands of an app have one address: the last one written counts for all. */
function changeable({ name, titles, params, hidden, extranet }: WishedCommand, webhookUrl: string): object {
  const languages = Object.keys(titles);
  const texts = languages.map((language) => ({
    LANGUAGE_ID: language,
    TITLE: titles[language] ?? '',
    PARAMS: params[language] ?? '',
  }));
  // The list may not be empty, even for a command that is never shown.
  const LANG = texts.length > 0 ? texts : [{ LANGUAGE_ID: 'en', TITLE: name, PARAMS: '' }];
  return {
    EVENT_COMMAND_ADD: webhookUrl,
    HIDDEN: yesNo(hidden),
    EXTRANET_SUPPORT: yesNo(extranet),
    LANG,
  };
}

function yesNo(flag: boolean): string {
  return flag ? 'Y' : 'N';
}
