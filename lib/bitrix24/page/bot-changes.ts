import { at, entriesAt, flagAt, keysAt, textAt } from '../../core/fields';
import type { BotWish } from '../bots/bot-wish';
import { wishedCommand, type CommandWish } from '../bots/command-wish';
import { digestOf } from '../events/plain-json';

/** What an administrator of one portal has changed of a bot. It is laid over what the node says. */
export interface BotChanges {
  readonly name: string | undefined;
  /** Base64 of an image. */
  readonly picture: string | undefined;
  readonly isOff: boolean;
  readonly commands: readonly CommandChange[];
}

export interface CommandChange {
  /** Without its slash. */
  readonly command: string;
  /** None: the command is taken away. */
  readonly wish: CommandWish | undefined;
}

export const unchanged: BotChanges = { name: undefined, picture: undefined, isOff: false, commands: [] };

export function isUnchanged({ name, picture, isOff, commands }: BotChanges): boolean {
  return name === undefined && picture === undefined && !isOff && commands.length === 0;
}

/** The bot as this portal gets it. */
export function withChanges(own: BotWish, { name, picture, commands }: BotChanges): BotWish {
  const changed = new Map(commands.map((change) => [keyOf(change.command), change.wish]));
  const kept = own.commands.flatMap((command) => {
    const key = keyOf(command.command);
    if (!changed.has(key)) return [command];
    const wish = changed.get(key);
    changed.delete(key);
    return wish ? [wish] : [];
  });
  const added = [...changed.values()].flatMap((wish) => (wish ? [wish] : []));
  return {
    ...own,
    ...(name !== undefined && { botName: name }),
    ...(picture !== undefined && { avatar: picture }),
    commands: [...kept, ...added],
  };
}

/** What has to be kept of a list of commands that somebody wants in place of the node's own. */
export function commandChanges(own: BotWish, wanted: readonly CommandWish[]): CommandChange[] {
  const written = wanted.flatMap((wish): CommandChange[] => {
    const ownOne = commandOf(own, wish.command);
    return ownOne && isSameCommand(ownOne, wish) ? [] : [{ command: wish.command, wish }];
  });
  const removed = own.commands
    .filter(({ command }) => !wanted.some((wish) => keyOf(wish.command) === keyOf(command)))
    .map(({ command }): CommandChange => ({ command, wish: undefined }));
  return [...written, ...removed];
}

/** Only what differs from the node by now: what it says itself has been taken over, and is nobody's change any more. */
export function effectiveChanges(own: BotWish, changes: BotChanges): BotChanges {
  const { name, picture, isOff } = changes;
  return {
    name: name === own.botName ? undefined : name,
    picture: picture === own.avatar ? undefined : picture,
    isOff,
    commands: changes.commands.filter(({ command, wish }) => {
      const ownOne = commandOf(own, command);
      if (!wish) return ownOne !== undefined;
      return !ownOne || !isSameCommand(ownOne, wish);
    }),
  };
}

/** The same for the same bot in the same state: tells whether somebody has changed it since it was looked at. */
export function revisionOf(own: BotWish, changes: BotChanges): string {
  const { botName, avatar = '', commands } = own;
  return digestOf([botName, avatar, commands, changes]);
}

export function commandOf({ commands }: BotWish, name: string): CommandWish | undefined {
  return commands.find(({ command }) => keyOf(command) === keyOf(name));
}

export function keyOf(command: string): string {
  return command.trim().replace(/^\//, '').toLowerCase();
}

function isSameCommand(one: CommandWish, other: CommandWish): boolean {
  try {
    return digestOf(wishedCommand(one)) === digestOf(wishedCommand(other));
  } catch {
    // One of them cannot be carried out; the portal will never be the judge of that.
    return false;
  }
}

/** The picture is kept beside the rest, which is read with every event. */
export interface ChangeRecord {
  readonly changes: Omit<BotChanges, 'picture'>;
  readonly pictureDigest: string | undefined;
}

export function writeChanges({ name, picture, isOff, commands }: BotChanges): object {
  return {
    ...(name !== undefined && { name }),
    ...(picture !== undefined && { picture: digestOf(picture) }),
    isOff,
    commands: commands.map(({ command, wish }) => ({ command, wish: wish ?? null })),
  };
}

/** An older version may have written it, so every field is looked at. */
export function readChanges(source: unknown): ChangeRecord {
  return {
    changes: {
      name: textAt(source, 'name'),
      isOff: flagAt(source, 'isOff'),
      commands: entriesAt(source, 'commands').flatMap(readCommandChange),
    },
    pictureDigest: textAt(source, 'picture'),
  };
}

function readCommandChange(source: unknown): CommandChange[] {
  const command = textAt(source, 'command');
  if (command === undefined) return [];
  const wish = at(source, 'wish');
  return [{ command, wish: typeof wish === 'object' && wish !== null ? readWish(command, wish) : undefined }];
}

function readWish(command: string, source: object): CommandWish {
  return {
    command,
    title: textsAt(source, 'title'),
    params: textsAt(source, 'params'),
    common: flagAt(source, 'common'),
    hidden: flagAt(source, 'hidden'),
    extranet: flagAt(source, 'extranet'),
  };
}

function textsAt(source: unknown, name: string): Record<string, string> {
  return Object.fromEntries(
    keysAt(source, name).map((language) => [language, textAt(source, name, language) ?? '']),
  );
}
