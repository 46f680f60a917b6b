import type { Clock } from '../../core/clock';
import type { PortalRest } from '../rest/portal';
import { typingCall, type Speaker } from './calls';

export interface TypingOptions {
  rest: PortalRest;
  speaker: Speaker;
  clock: Clock;
}

const SHOWN_SECONDS = 30;
const RENEW_MS = 25_000;

/**
 * Shows "typing…" in the dialog until the function is called. Sent in the dialog's own lane, so that it travels with
 * replies when the portal's limit is near, and is dropped when the answer overtakes it. Nobody is told of a failure.
 */
export function startTyping({ rest, speaker, clock }: TypingOptions): () => void {
  const stop = new AbortController();
  const { method, params } = typingCall(speaker, SHOWN_SECONDS);

  const renew = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await rest.send(speaker.dialogId, method, params, { signal: stop.signal });
      await clock.sleep(RENEW_MS, stop.signal);
    }
  };
  renew().catch(() => undefined);
  return () => stop.abort();
}
