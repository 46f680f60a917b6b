import { InvalidError } from '../core/errors';

/** Who works on which cursor in this process. */
export interface CursorRegistry {
  /** Undefined when somebody else has it, who is told so. */
  claim(key: string, onRival: () => void): CursorClaim | undefined;
}

export interface CursorClaim {
  release(): void;
}

export function createCursorRegistry(): CursorRegistry {
  const holders = new Map<string, () => void>();
  return {
    claim(key, onRival) {
      const holder = holders.get(key);
      if (holder) {
        holder();
        return undefined;
      }
      holders.set(key, onRival);
      return {
        release() {
          if (holders.get(key) === onRival) holders.delete(key);
        },
      };
    },
  };
}

/** Of the whole process: two nodes may have been given the same cursor. */
export const sharedCursors = createCursorRegistry();

export const cursorTaken = (cursor: string): InvalidError =>
  new InvalidError('CONFIG_CURSOR_TAKEN', 'another node uses this cursor', { params: { cursor } });
