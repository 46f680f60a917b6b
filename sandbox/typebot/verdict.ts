import type { Item } from './blocks';
import type { PlacedInput } from './bot';

/** What the server thinks of a reply. */
export type Verdict =
  | {
      status: 'success';
      content: string;
      to?: string | undefined;
      variables?: Readonly<Record<string, string>>;
    }
  /** A file that need not be sent was not. */
  | { status: 'skip' }
  | { status: 'fail' };

export interface Asked {
  block: PlacedInput;
  /** With everything filled in. */
  items: readonly Item[];
  replyId: string | undefined;
  now: number;
}

export type Check = (text: string, asked: Asked) => Verdict;

export const fail: Verdict = { status: 'fail' };

export function success(content: string): Verdict {
  return { status: 'success', content };
}

export function successIf(isGood: boolean, content: string): Verdict {
  return isGood ? success(content) : fail;
}
