import { at, entriesAt, idAt, textAt } from '../../core/fields';
import { digestOf } from '../events/plain-json';
import type { ApiVersion, WishedBot } from './bot-wish';

/**
 * What was done the last time, for what the portal cannot tell back: address, colour, avatar, texts in several
 * languages, and in v1 the commands altogether. Only digests: an address may hold a secret. Without it everything is
 * written once more, and nothing worse.
 */
export interface BotMemory {
  api: ApiVersion;
  botId: number;
  /** What was wished together with what the portal then showed. Equal: nothing has changed on either side. */
  settled: string;
  fields: RememberedFields;
  commands: ReadonlyMap<string, RememberedCommand>;
}

export interface RememberedFields {
  type: string;
  webhookUrl: string;
  color: string;
  avatar: string;
  workPosition: string;
}

export interface RememberedCommand {
  id: number;
  settled: string;
  languages: readonly string[];
  common: boolean;
}

const version = 1;

export function fieldsOf({ type, webhookUrl, color, avatar, workPosition }: WishedBot): RememberedFields {
  return {
    type,
    webhookUrl: digestOf(webhookUrl),
    color: digestOf(color),
    avatar: digestOf(avatar),
    workPosition: digestOf(workPosition),
  };
}

export function writeFingerprint(memory: BotMemory): string {
  return JSON.stringify({ version, ...memory, commands: [...memory.commands] });
}

/** Of another version, or no fingerprint at all: as good as lost. */
export function readFingerprint(fingerprint: string | undefined): BotMemory | undefined {
  const source = parsed(fingerprint);
  const botId = idAt(source, 'botId');
  if (botId === undefined || idAt(source, 'version') !== version) return undefined;
  const field = (name: string): string => textAt(source, 'fields', name) ?? '';
  return {
    api: textAt(source, 'api') === 'v1' ? 'v1' : 'v2',
    botId,
    settled: textAt(source, 'settled') ?? '',
    fields: {
      type: field('type'),
      webhookUrl: field('webhookUrl'),
      color: field('color'),
      avatar: field('avatar'),
      workPosition: field('workPosition'),
    },
    commands: new Map(entriesAt(source, 'commands').flatMap(readCommand)),
  };
}

function readCommand(pair: unknown): [string, RememberedCommand][] {
  const name = textAt(pair, '0');
  const id = idAt(pair, '1', 'id');
  if (name === undefined || id === undefined) return [];
  const languages = entriesAt(pair, '1', 'languages').filter((one) => typeof one === 'string');
  const settled = textAt(pair, '1', 'settled') ?? '';
  return [[name, { id, settled, languages, common: at(pair, '1', 'common') === true }]];
}

function parsed(fingerprint: string | undefined): unknown {
  try {
    return JSON.parse(fingerprint ?? '');
  } catch {
    return undefined;
  }
}
