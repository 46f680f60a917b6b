import type { OpenLine } from '../events/event';

/** What was said in one session, whichever method told it. */
export interface SpokenSession {
  readonly chatId: number | undefined;
  /** The person who had the chat last. */
  readonly ownerId: string | undefined;
  readonly openline: OpenLine | undefined;
  /** By id; people whom the portal has forgotten are missing. */
  readonly people: ReadonlyMap<string, Person>;
  /** In no order. */
  readonly messages: readonly SaidMessage[];
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
