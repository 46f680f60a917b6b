import { at, entriesAt, flagAt, idAt, textAt } from '../../core/fields';
import { digestOf } from '../events/plain-json';
import type { CallParams } from '../rest/portal';
import type { BotCalls } from './bot-calls';
import type { RememberedCommand } from './bot-memory';
import type { WishedBot } from './bot-wish';
import type { WishedCommand } from './command-wish';
import type { BotDeed } from './sync-outcome';

/** A command as the portal lists it: its texts in the portal's own language only. */
export interface ListedCommand {
  id: number;
  /** Without its slash. */
  name: string;
  title: string;
  params: string;
  common: boolean;
  hidden: boolean;
  extranet: boolean;
}

export interface SyncedCommands {
  did: BotDeed[];
  memory: Map<string, RememberedCommand>;
}

/** Languages in which a portal can have a title: those that we did not write and do not remember are cleared. */
const portalLanguages = [
  ...['ar', 'br', 'de', 'en', 'fr', 'hi', 'id', 'it', 'ja', 'kz', 'la', 'ms', 'pl'],
  ...['ru', 'sc', 'tc', 'th', 'tr', 'ua', 'vn'],
];

interface CommandOwner {
  botId: number;
  botToken: string | undefined;
}

/** The call that lists them, for whoever asks about many bots at once. */
export function commandListV2(bot: CommandOwner): { method: string; params: CallParams } {
  return { method: 'imbot.v2.Command.list', params: { ...bot } };
}

export function readCommandsV2(result: unknown): ListedCommand[] {
  return entriesAt(result, 'commands').flatMap(readListed);
}

async function listCommandsV2(calls: Pick<BotCalls, 'read'>, bot: CommandOwner): Promise<ListedCommand[]> {
  const { method, params } = commandListV2(bot);
  return readCommandsV2(await calls.read(method, params));
}

export async function syncCommandsV2(
  calls: BotCalls,
  { commands, botToken }: WishedBot,
  botId: number,
  memory: ReadonlyMap<string, RememberedCommand> | undefined,
): Promise<SyncedCommands> {
  const owner = { botId, botToken };
  const did: BotDeed[] = [];
  const listed = await listCommandsV2(calls, owner);
  for (const wish of commands) {
    const known = listed.find((one) => isNamed(one, wish.name));
    const remembered = memory?.get(wish.name);
    if (known && remembered?.settled === settledDigest(wish, known)) continue;
    const about = `/${wish.name}`;
    if (known) {
      const fields = changedFields(wish, remembered?.languages ?? portalLanguages);
      await calls.write('imbot.v2.Command.update', { ...owner, commandId: known.id, fields }, about);
    } else {
      const fields = { command: wish.name, ...fieldsOf(wish, wish.titles) };
      await calls.write('imbot.v2.Command.register', { ...owner, fields }, about);
    }
    did.push(known ? 'command-updated' : 'command-registered');
  }
  for (const { id, name } of listed) {
    if (commands.some((wish) => isNamed(wish, name))) continue;
    await calls.write('imbot.v2.Command.unregister', { ...owner, commandId: id }, `/${name}`);
    did.push('command-unregistered');
  }
  // What the portal makes of a text may differ from what it was given; the next deploy compares with what it shows.
  const shown = did.length === 0 ? listed : await listCommandsV2(calls, owner);
  return { did, memory: new Map(commands.flatMap((wish) => rememberedAs(wish, shown))) };
}

function rememberedAs(wish: WishedCommand, shown: readonly ListedCommand[]): [string, RememberedCommand][] {
  const known = shown.find((one) => isNamed(one, wish.name));
  if (!known) return [];
  const { name, titles, common } = wish;
  const settled = settledDigest(wish, known);
  return [[name, { id: known.id, settled, languages: Object.keys(titles), common }]];
}

function settledDigest(wish: WishedCommand, shown: ListedCommand): string {
  return digestOf([wish, shown]);
}

function isNamed(command: { name: string }, name: string): boolean {
  return command.name.toLowerCase() === name.toLowerCase();
}

/** A language is removed by null; one that is left out stays. */
function changedFields(wish: WishedCommand, earlier: readonly string[]): object {
  const gone = earlier.filter((language) => !Object.hasOwn(wish.titles, language));
  return fieldsOf(wish, { ...Object.fromEntries(gone.map((language) => [language, null])), ...wish.titles });
}

function fieldsOf(
  { titles, params, common, hidden, extranet }: WishedCommand,
  title: Readonly<Record<string, string | null>>,
): object {
  // An empty text clears the parameters of a language that keeps its title.
  const allParams = Object.fromEntries(
    Object.keys(titles).map((language) => [language, params[language] ?? '']),
  );
  return { title, params: allParams, common, hidden, extranetSupport: extranet };
}

function readListed(entry: unknown): ListedCommand[] {
  const id = idAt(entry, 'id');
  if (id === undefined) return [];
  return [
    {
      id,
      name: (textAt(entry, 'command') ?? '').replace(/^\//, ''),
      title: inOneLanguage(at(entry, 'title')),
      params: inOneLanguage(at(entry, 'params')),
      common: flagAt(entry, 'common'),
      hidden: flagAt(entry, 'hidden'),
      extranet: flagAt(entry, 'extranetSupport'),
    },
  ];
}

function inOneLanguage(text: unknown): string {
  return typeof text === 'string' ? text : '';
}
