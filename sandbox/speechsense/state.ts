import { createHash, randomUUID } from 'node:crypto';

export type ConnectionKind = 'audio' | 'chat';

export interface StoredTalk {
  readonly id: string;
  readonly kind: ConnectionKind;
  readonly connectionId: string;
  fields: Record<string, string>;
  readonly createdAt: number;
  modifiedAt: number;
  /** Which method made it. */
  readonly method: string;
  /** AudioMetadata as it came. */
  readonly audio: unknown;
  readonly size: number;
  readonly sha256: string;
  /** Of a chat, as they came. */
  readonly messages: readonly unknown[];
  /** Nothing was ever worked out of it. */
  hasFailed: boolean;
}

export interface NewTalk {
  kind: ConnectionKind;
  connectionId: string;
  fields: Record<string, string>;
  method: string;
  audio?: unknown;
  size?: number;
  sha256?: string;
  messages?: readonly unknown[];
}

export interface TalkShelf {
  readonly talks: StoredTalk[];
  add(talk: NewTalk, now: number): StoredTalk;
  find(id: string): StoredTalk | undefined;
}

/** What a search can come to see. */
export interface SearchScope {
  /** Keys that the connection was made without: they are taken, and nothing is found by them. */
  readonly unknownKeys: readonly string[];
  /** A project is a filter over talks. */
  readonly isInProject: (talk: StoredTalk) => boolean;
}

export function createTalkShelf(): TalkShelf {
  const talks: StoredTalk[] = [];
  return {
    talks,
    add(init, now) {
      const talk: StoredTalk = {
        id: `aud${randomUUID().replaceAll('-', '').slice(0, 17)}`,
        audio: undefined,
        size: 0,
        sha256: createHash('sha256').digest('hex'),
        messages: [],
        ...init,
        createdAt: now,
        modifiedAt: now,
        hasFailed: false,
      };
      talks.push(talk);
      return talk;
    },
    find: (id) => talks.find((talk) => talk.id === id),
  };
}
