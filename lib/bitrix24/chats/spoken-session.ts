import type { OpenLine } from '../events/event';

/** What was said in one session, whichever method told it. */
export interface SpokenSession {
  readonly chatId: number | undefined;
  /** The person who had the chat last. */
  readonly ownerId: string | undefined;
  readonly openline: OpenLine | undefined;
  /** The session that the chat has now, maybe a later one; 0: none. Undefined: the portal did not tell. */
  readonly currentSessionId: number | undefined;
  /** By id; people whom the portal has forgotten are missing. */
  readonly people: ReadonlyMap<string, Person>;
  /** In no order. */
  readonly messages: readonly SaidMessage[];
}

/** While nobody knows, it goes on: half of a chat must not be taken for the whole. */
export function isOver(
  sessionId: number | undefined,
  { currentSessionId }: Pick<SpokenSession, 'currentSessionId'>,
): boolean {
  return currentSessionId !== undefined && currentSessionId !== sessionId;
}

export interface Person {
  readonly name: string;
  readonly role: Role;
}

export type Role = 'client' | 'operator' | 'bot';

export interface SaidMessage {
  readonly id: number;
  /** `0`: the portal itself. */
  readonly senderId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** BB code. */
  readonly text: string;
  readonly hasFiles: boolean;
}
