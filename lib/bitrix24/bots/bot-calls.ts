import type { CallParams, PortalRest } from '../rest/portal';
import { explainRefusal } from './refusals';

export type BotRest = Pick<PortalRest, 'call'>;

export interface SyncOptions {
  signal?: AbortSignal | undefined;
  /** A person waits for the answer. */
  urgent?: boolean | undefined;
  /** What the last sync gave back. */
  fingerprint?: string | undefined;
  /**
   * Awaited before the first call that changes something: forget the fingerprint now. When the sync is cut short, an
   * old one would vouch for a state that is gone.
   */
  forget?: (() => Promise<void> | void) | undefined;
}

/** Calls about one bot. `about` names what a refusal is about, for its sentence. */
export interface BotCalls {
  read(method: string, params: CallParams): Promise<unknown>;
  write(method: string, params: CallParams, about?: string): Promise<unknown>;
  /** Not to be repeated after an unclear outcome. */
  writeOnce(method: string, params: CallParams, about?: string): Promise<unknown>;
  /** Whether anything was written until now. */
  wrote(): boolean;
}

export function createBotCalls(rest: BotRest, { signal, urgent, forget }: SyncOptions): BotCalls {
  let wrote = false;

  async function call(
    method: string,
    params: CallParams,
    { idempotent, about = '' }: { idempotent: boolean; about?: string | undefined },
  ): Promise<unknown> {
    try {
      return await rest.call(method, params, { idempotent, signal, urgent });
    } catch (error) {
      throw explainRefusal(error, about);
    }
  }

  async function change(...[method, params, options]: Parameters<typeof call>): Promise<unknown> {
    if (!wrote) await forget?.();
    wrote = true;
    return call(method, params, options);
  }

  return {
    read: (method, params) => call(method, params, { idempotent: true }),
    write: (method, params, about) => change(method, params, { idempotent: true, about }),
    writeOnce: (method, params, about) => change(method, params, { idempotent: false, about }),
    wrote: () => wrote,
  };
}
