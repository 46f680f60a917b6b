import type { Subscription } from './event-desk';

export interface CallOptions {
  /** The call changes nothing, or changes the same thing again: it may be repeated after an unclear outcome. */
  idempotent: boolean;
  signal?: AbortSignal;
}

/** A Bitrix24 portal as the rest of the pack sees it. */
export interface BitrixPortal {
  readonly domain: string;
  call(method: string, params: Readonly<Record<string, unknown>>, options: CallOptions): Promise<unknown>;
  subscribe(subscription: Subscription): () => void;
}

/** A bot that the portal knows under `code`. */
export interface BitrixBot {
  readonly portal: BitrixPortal;
  readonly code: string;
  /** Proves to a portal reached by an incoming webhook that the bot is ours. A v1 bot calls it CLIENT_ID. */
  readonly botToken: string;
}
