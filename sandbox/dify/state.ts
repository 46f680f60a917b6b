import type { DifyApp } from './app';

export interface Conversation {
  readonly id: string;
  readonly app: DifyApp;
  readonly user: string;
  name: string;
  status: 'normal' | 'completed';
  /** Those of the first turn. */
  inputs: Readonly<Record<string, unknown>>;
  messageCount: number;
  /** Two of its runs were under way at the same time, which spoils its history. */
  overlapped: boolean;
  deleted: boolean;
  readonly createdAt: number;
  updatedAt: number;
  readonly variables: ConversationVariable[];
}

export interface ConversationVariable {
  readonly id: string;
  readonly name: string;
  readonly valueType: 'string' | 'number';
  value: string | number;
}

export interface Message {
  readonly id: string;
  readonly conversation: Conversation | undefined;
  readonly app: DifyApp;
  readonly user: string;
  readonly query: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly files: readonly Reference[];
  answer: string;
  status: 'normal' | 'error';
  error: string | undefined;
  readonly createdAt: number;
  feedback: { rating: 'like' | 'dislike'; content: string | undefined } | undefined;
}

/** What `/files/upload` took. */
export interface UploadedFile {
  readonly id: string;
  readonly user: string;
  readonly app: DifyApp;
  readonly name: string;
  readonly extension: string;
  readonly mime: string;
  readonly content: Buffer;
  readonly createdAt: number;
}

/** A file that a request names, in `files` or inside an input. */
export interface Reference {
  readonly type: string;
  readonly method: 'local_file' | 'remote_url';
  readonly name: string;
  readonly uploaded?: UploadedFile;
  readonly url?: string;
}

/** A file that an app made. */
export interface OutputFile {
  readonly name: string;
  readonly type: 'image' | 'document' | 'audio' | 'video' | 'custom';
  readonly mime: string;
  readonly content: Buffer;
}

export interface FormInput {
  type: 'paragraph' | 'select' | 'file' | 'file-list';
  name: string;
  default?: string;
  /** For `select`. */
  options?: readonly string[];
}

export interface FormAction {
  id: string;
  title: string;
  style?: 'primary' | 'default' | 'accent' | 'ghost';
}

export interface FormInit {
  content: string;
  inputs: readonly FormInput[];
  actions: readonly FormAction[];
  /** `email`: its token is not told, and it cannot be answered here. */
  by: 'api' | 'email';
  expiresInSeconds: number;
}

export interface HumanForm extends FormInit {
  readonly id: string;
  readonly token: string;
  readonly app: DifyApp;
  readonly runId: string;
  readonly expiresAt: number;
  status: 'waiting' | 'submitted' | 'expired';
  submission: { action: FormAction; inputs: Readonly<Record<string, unknown>> } | undefined;
  /** Resolves when it waits no more. */
  readonly closed: Promise<void>;
}

/** Everything the server remembers. */
export interface DifyState {
  readonly origin: () => string;
  readonly now: () => number;
  readonly apps: Map<string, DifyApp>;
  readonly conversations: Map<string, Conversation>;
  readonly messages: Map<string, Message>;
  readonly files: Map<string, UploadedFile>;
  readonly forms: Map<string, HumanForm>;
}

export function createState(origin: () => string, now: () => number): DifyState {
  return {
    origin,
    now,
    apps: new Map(),
    conversations: new Map(),
    messages: new Map(),
    files: new Map(),
    forms: new Map(),
  };
}

export function seconds(atMs: number): number {
  return Math.floor(atMs / 1000);
}
