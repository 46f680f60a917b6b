import { BitlaneError, toError } from '../core/errors';
import { maskByPattern } from '../core/secret-patterns';
import type { RowLabel, SyncSource, Verdict } from './source';

const LONGEST_TITLE = 120;
const LONGEST_REASON = 500;

/** A label is for people only: no row fails because of it. */
export function labelOf<T>(source: SyncSource<T>, item: T): RowLabel {
  try {
    const { title, mark, at } = source.label(item);
    return withoutUndefined({
      title: cut(title, LONGEST_TITLE),
      mark: mark === undefined ? undefined : cut(mark, LONGEST_TITLE),
      at: Number.isFinite(at) ? at : undefined,
    });
  } catch {
    return { title: '' };
  }
}

/** Just this one row is at fault when it cannot be judged. */
export type Judgement = Verdict | { readonly reason: string };

export function judge<T>(source: SyncSource<T>, item: T): Judgement {
  try {
    return source.judge(item);
  } catch (thrown) {
    return { reason: reasonOf(thrown) };
  }
}

export function reasonOf(thrown: unknown): string {
  const error = toError(thrown);
  const text = error instanceof BitlaneError ? `${error.code}: ${error.message}` : error.message;
  return shortReason(maskByPattern(text));
}

export const shortReason = (reason: string): string => cut(reason, LONGEST_REASON);

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** For objects that go into JSON or whose optional properties must not hold undefined. */
export function withoutUndefined<T extends object>(source: T): Defined<T>;
export function withoutUndefined(source: object): object {
  return Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined));
}
