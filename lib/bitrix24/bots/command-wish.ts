import { InvalidError } from '../../core/errors';

export type Texts = Readonly<Record<string, string>>;

export interface CommandWish {
  command: string;
  /** By language; at least one, unless the command is hidden. */
  title?: Texts | undefined;
  params?: Texts | undefined;
  common?: boolean | undefined;
  hidden?: boolean | undefined;
  extranet?: boolean | undefined;
}

export interface WishedCommand {
  /** Without its slash. */
  name: string;
  titles: Texts;
  /** Only of languages that have a title: the portal reads no others. */
  params: Texts;
  common: boolean;
  hidden: boolean;
  extranet: boolean;
}

export function wishedCommand(wish: CommandWish): WishedCommand {
  const name = wish.command.trim().replace(/^\//, '');
  if (!/^[^\s/]+$/.test(name)) throw commandFault(name, 'one word without blanks', 'commandWord');
  const titles = written(wish.title);
  const hidden = wish.hidden ?? false;
  // The portal would refuse it as COMMAND_TITLE_REQUIRED, after other commands have been changed.
  if (!hidden && Object.keys(titles).length === 0) {
    throw commandFault(name, 'a title in at least one language, or hidden', 'commandTitle');
  }
  const params = Object.entries(written(wish.params)).filter(([language]) => Object.hasOwn(titles, language));
  return {
    name,
    titles,
    params: Object.fromEntries(params),
    common: wish.common ?? false,
    hidden,
    extranet: wish.extranet ?? false,
  };
}

/** In the order of the languages, so that the same texts always look the same. */
function written(texts: Texts | undefined): Texts {
  const pairs = Object.entries(texts ?? {}).flatMap(([language, text]): [string, string][] => {
    const pair: [string, string] = [language.trim().toLowerCase(), text.trim()];
    return pair.includes('') ? [] : [pair];
  });
  return Object.fromEntries(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function commandFault(name: string, expected: string, why: string): InvalidError {
  return new InvalidError('CONFIG_INVALID', `the command /${name} must have ${expected}`, {
    params: { property: 'commands', command: `/${name}`, expected: `/${name}: ${expected}`, why },
  });
}
