import { at, keysAt, textAt } from '../../core/fields';
import { PageRefused, type ProblemKey } from './page-answer';
import { keyOf } from './bot-changes';
import { pictureFault } from './picture';

/** What the page asks for. */
export type PageWish =
  | { action: 'list' }
  | { action: 'switch'; code: string; isOn: boolean }
  | BotEdit
  /** Back to what the node says. */
  | { action: 'discard'; code: string; revision: string };

export interface BotEdit {
  readonly action: 'save';
  readonly code: string;
  /** Of the bot as the person saw it. */
  readonly revision: string;
  /** What is left out stays as it is. */
  readonly name: string | undefined;
  readonly picture: string | undefined;
  readonly commands: readonly WantedCommand[] | undefined;
}

/** All commands the bot is to have; where each may be used is not the page's business. */
export interface WantedCommand {
  readonly name: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
}

const longestName = 100;
const longestCommand = 60;
const longestText = 200;
const mostCommands = 50;
const mostLanguages = 20;

export function readWish(body: unknown): PageWish {
  const action = textAt(body, 'action');
  if (action === 'list') return { action };
  const code = textAt(body, 'code');
  if (code === undefined) throw malformed();
  if (action === 'switch') return { action, code, isOn: boolean(at(body, 'isOn')) };
  const revision = textAt(body, 'revision');
  if (revision === undefined) throw malformed();
  if (action === 'discard') return { action, code, revision };
  if (action === 'save') return { action, code, revision, ...readEdit(body) };
  throw malformed();
}

function readEdit(body: unknown): Pick<BotEdit, 'name' | 'picture' | 'commands'> {
  return {
    name: ifGiven(at(body, 'name'), readName),
    picture: ifGiven(at(body, 'picture'), readGivenPicture),
    commands: ifGiven(at(body, 'commands'), readCommands),
  };
}

function readName(given: unknown): string {
  const name = oneLine(given);
  if (name === '') throw invalid('name-empty');
  if (name.length > longestName) throw invalid('name-long');
  return name;
}

function readGivenPicture(given: unknown): string {
  if (typeof given !== 'string') throw malformed();
  const fault = pictureFault(given);
  if (fault !== undefined) throw invalid(fault);
  return given;
}

function readCommands(given: unknown): WantedCommand[] {
  if (!Array.isArray(given)) throw malformed();
  if (given.length > mostCommands) throw invalid('commands-many');
  const commands = given.map(readCommand);
  const names = new Set<string>();
  for (const { name } of commands) {
    if (names.has(keyOf(name))) throw invalid('command-twice', name);
    names.add(keyOf(name));
  }
  return commands;
}

function readCommand(given: unknown): WantedCommand {
  const name = oneLine(at(given, 'name')).replace(/^\//, '');
  const isName = /^[\p{L}\p{N}_.-]+$/u.test(name) && name.length <= longestCommand;
  if (!isName) throw invalid('command-name', name.slice(0, longestCommand));
  const titles = readTexts(given, 'titles', name);
  const params = readTexts(given, 'params', name);
  // The portal reads parameters of languages that have a title, and no others.
  const untitled = Object.keys(params).some((language) => !Object.hasOwn(titles, language));
  if (untitled) throw invalid('command-title', name);
  return { name, titles, params };
}

function readTexts(given: unknown, field: string, command: string): Record<string, string> {
  const languages = keysAt(given, field);
  if (languages.length > mostLanguages) throw invalid('command-language', command);
  const pairs = languages.flatMap((language): [string, string][] => {
    if (!/^[a-z]{2,3}$/.test(language)) throw invalid('command-language', command);
    const text = oneLine(at(given, field, language));
    if (text.length > longestText) throw invalid('command-long', command);
    return text === '' ? [] : [[language, text]];
  });
  return Object.fromEntries(pairs);
}

/** Text of a person, in one line and without what nobody can see. */
function oneLine(given: unknown): string {
  if (typeof given !== 'string') throw malformed();
  return given
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}

function boolean(given: unknown): boolean {
  if (typeof given !== 'boolean') throw malformed();
  return given;
}

function ifGiven<T>(given: unknown, read: (given: unknown) => T): T | undefined {
  return given === undefined ? undefined : read(given);
}

function malformed(): PageRefused {
  return new PageRefused(400, { key: 'malformed' });
}

function invalid(key: ProblemKey, command?: string): PageRefused {
  return new PageRefused(422, { key, ...(command !== undefined && { command: `/${command}` }) });
}
