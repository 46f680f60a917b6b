import { isSafeAddress } from './links';

/** What a text that came from outside may do besides being read. Nothing, unless the integrator says so. */
export interface Allow {
  /** `[user]`, `[chat]`, `[context]` */
  mentions?: boolean;
  /** `[call]` */
  calls?: boolean;
  /** `[send]`, `[put]` */
  buttons?: boolean;
  /** What the client draws in place of text: `[img]`, `[icon]`, `[disk]`, `[timestamp]` */
  images?: boolean;
}

type Shape = 'pair' | 'single' | 'verbatim';

export interface TagRule {
  shape: Shape;
  permission: keyof Allow | 'always' | 'never';
  /** `rest` is what stands between the name and the closing bracket. */
  accepts: (rest: string) => boolean;
  /** For tags whose content is an address. */
  acceptsContent?: (rest: string, content: string) => boolean;
}

function rule(
  shape: Shape,
  permission: TagRule['permission'],
  rest: RegExp,
  acceptsContent?: TagRule['acceptsContent'],
): TagRule {
  const accepts = (value: string) => rest.test(value);
  return acceptsContent === undefined
    ? { shape, permission, accepts }
    : { shape, permission, accepts, acceptsContent };
}

const nothing = /^$/;
const anything = /^/;

const url: TagRule = {
  shape: 'pair',
  permission: 'always',
  accepts: (rest) => rest === '' || (rest.startsWith('=') && isSafeAddress(rest.slice(1))),
  acceptsContent: (rest, content) => rest !== '' || isSafeAddress(content.trim()),
};

export const tagRules: ReadonlyMap<string, TagRule> = new Map([
  ['b', rule('pair', 'always', nothing)],
  ['i', rule('pair', 'always', nothing)],
  ['u', rule('pair', 'always', nothing)],
  ['s', rule('pair', 'always', nothing)],
  ['size', rule('pair', 'always', /^=(?:[89]|[12]\d|30)$/)],
  ['color', rule('pair', 'always', /^=#(?:[\da-f]{3}|[\da-f]{6})$/i)],
  ['url', url],
  ['code', rule('verbatim', 'always', nothing)],
  ['br', rule('single', 'always', nothing)],
  ['user', rule('pair', 'mentions', /^=(?:\d{1,18}|all)(?: replace)?$/i)],
  ['chat', rule('pair', 'mentions', /^=(?:imol\|)?\d{1,18}$/i)],
  ['context', rule('pair', 'mentions', /^=(?:chat)?\d{1,18}\/\d{1,18}$/i)],
  ['call', rule('pair', 'calls', /^(?:=\+?[\d ()-]{2,30})?$/)],
  ['send', rule('pair', 'buttons', /^(?:=.{1,500})?$/)],
  ['put', rule('pair', 'buttons', /^(?:=.{1,500})?$/)],
  [
    'img',
    rule('pair', 'images', /^ size=(?:small|medium|large)$/i, (_rest, content) =>
      isSafeAddress(content.trim()),
    ),
  ],
  ['icon', rule('single', 'images', /^=https?:\/\/\S+(?: .*)?$/i)],
  ['disk', rule('single', 'images', /^=\d{1,18}$/)],
  ['timestamp', rule('single', 'images', /^=\d{1,12}(?: format=\w{1,40})?$/i)],
  // Known to older clients and mobile apps only; no answer needs them.
  ['attach', rule('single', 'never', anything)],
  ['dialog', rule('pair', 'never', anything)],
  ['pch', rule('pair', 'never', anything)],
  ['rating', rule('single', 'never', anything)],
]);

export const allTags: ReadonlySet<string> = new Set(tagRules.keys());
/** The tags that do something, or show something that was not written. */
export const actingTags: ReadonlySet<string> = new Set(
  [...tagRules].filter(([, { permission }]) => permission !== 'always').map(([name]) => name),
);
/** Harmless without a value, and then likely to be an index in somebody's code: `row[user]`. */
export const tagsThatNeedValue: ReadonlySet<string> = new Set([
  'user',
  'chat',
  'context',
  'icon',
  'disk',
  'timestamp',
  'attach',
  'rating',
  'pch',
  'dialog',
]);

export function isPermitted({ permission }: TagRule, allow: Allow): boolean {
  if (permission === 'always' || permission === 'never') return permission === 'always';
  return allow[permission] === true;
}
