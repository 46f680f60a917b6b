import { CancelledError } from './errors';
import { onAbort } from './unless-aborted';

export interface Turn {
  /** From now on this key is taken as well: the conversation has got its id. */
  alsoHold(key: string): void;
  release(): void;
}

export interface Turns {
  /** Waits until nobody who came earlier holds or waits for one of the keys. */
  take(keys: readonly string[], signal?: AbortSignal): Promise<Turn>;
  /** How many keys are held or waited for. */
  size(): number;
}

interface Ticket {
  readonly keys: Set<string>;
  state: 'waits' | 'runs' | 'over';
  /** Gone once it was called: with it goes all that only a wait needs, and the work may take long. */
  start: (() => void) | undefined;
}

/**
 * One piece of work at a time for each key, in the order of coming. A ticket stands in the lines of all its keys from
 * the start, so two tickets never wait for each other.
 */
export function createTurns(): Turns {
  const lines = new Map<string, Ticket[]>();

  function take(keys: readonly string[], signal?: AbortSignal): Promise<Turn> {
    if (signal?.aborted) return Promise.reject(new CancelledError());
    return new Promise((resolve, reject) => {
      const stopListening = onAbort(signal, () => {
        leave(ticket);
        reject(new CancelledError());
      });
      const start = (): void => {
        ticket.state = 'runs';
        ticket.start = undefined;
        stopListening();
        resolve(turnOf(ticket));
      };
      const ticket: Ticket = { keys: new Set(keys), state: 'waits', start };
      for (const key of ticket.keys) lines.set(key, [...(lines.get(key) ?? []), ticket]);
      startIfFirst(ticket);
    });
  }

  const turnOf = (ticket: Ticket): Turn => ({
    alsoHold: (key) => alsoHold(ticket, key),
    release: () => leave(ticket),
  });

  function alsoHold(ticket: Ticket, key: string): void {
    if (ticket.keys.has(key) || ticket.state === 'over') return;
    ticket.keys.add(key);
    lines.set(key, [ticket, ...(lines.get(key) ?? [])]);
  }

  function leave(ticket: Ticket): void {
    ticket.state = 'over';
    for (const key of ticket.keys) {
      const rest = (lines.get(key) ?? []).filter((other) => other !== ticket);
      if (rest.length === 0) lines.delete(key);
      else lines.set(key, rest);
      for (const next of rest) startIfFirst(next);
    }
    ticket.keys.clear();
  }

  function startIfFirst(ticket: Ticket): void {
    const isFirst = [...ticket.keys].every((key) => lines.get(key)?.[0] === ticket);
    if (isFirst && ticket.state === 'waits') ticket.start?.();
  }

  return { take, size: () => lines.size };
}

/** Of the whole process: two nodes may have the same app and the same conversation. */
export const sharedTurns = createTurns();
