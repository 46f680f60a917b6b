import { InvalidError } from '../core/errors';
import type { DifyFileInput } from './file-input';
import type { RunAnswer } from './answer';

interface RunRequest {
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Who it is for: at most 255 characters. Conversations and files belong to it. */
  readonly user: string;
  readonly files?: readonly DifyFileInput[];
  /** A published version; not on every plan of Dify Cloud. */
  readonly workflowId?: string;
}

export interface ChatRequest extends RunRequest {
  readonly query: string;
  /** None begins a conversation. */
  readonly conversationId?: string;
  /** What the caller knows the conversation by before it has an id: two first messages then become no two of them. */
  readonly sessionKey?: string;
}

export type WorkflowRequest = RunRequest;

export interface FormRequest {
  readonly kind: 'chat' | 'workflow';
  readonly formToken: string;
  readonly workflowRunId: string;
  readonly action: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly user: string;
  readonly conversationId?: string;
  readonly sessionKey?: string;
}

export interface RunOptions {
  /** Ends the run in Dify as well. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (textSoFar: string) => void;
  readonly progressEveryMs?: number;
  /** The id of the conversation, as soon as Dify has told it; it counts also when the run fails later. */
  readonly onConversation?: (conversationId: string) => void;
  /** True when left out. */
  readonly stripThinking?: boolean;
}

export interface DifyResult extends RunAnswer {
  /** The conversation that was asked for is gone, and this one has taken its place. */
  conversationReset: boolean;
  /** The connection broke, and the rest of the answer was fetched afterwards. */
  resumed: boolean;
}

/** So much of a user's name Dify can keep. */
const longestUser = 255;

export function checkUser(user: string): void {
  if (user.trim() === '' || user.length > longestUser)
    throw unusable('user', `1 to ${longestUser} characters`);
}

/** Dify refuses an empty question: a sticker or a person's joining needs words, or no run. */
export function checkQuery(query: string): void {
  if (query.trim() === '') throw unusable('query', 'not empty');
}

function unusable(what: string, expected: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `${what} must be ${expected}`, { params: { what } });
}
