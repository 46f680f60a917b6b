import { startTimer, type Clock } from '../core/clock';
import { toError } from '../core/errors';
import { change, visitAll, type Desk } from './ledger';
import { isOver } from './state';

/** Forgets what is over, bit by bit. Gives the number of entries that went. */
export async function sweep(desk: Desk): Promise<number> {
  const { state, time } = desk;
  let gone = 0;
  await visitAll(state.entries, ([key, { expiresAt }]) => {
    if (isOver(expiresAt, time.now()) && state.entries.delete(key)) gone += 1;
  });
  await visitAll(state.seen, ([id, expiresAt]) => {
    if (isOver(expiresAt, time.now()) && state.seen.delete(id)) gone += 1;
  });
  await visitAll(state.queues, ([name, { dead, items }]) => {
    for (const [id, { expiresAt }] of dead) {
      if (isOver(expiresAt, time.now()) && dead.delete(id)) gone += 1;
    }
    if (dead.size === 0 && items.length === 0) state.queues.delete(name);
  });
  // Whatever the clock says after a restart: the store has been here.
  if (gone > 0) await change(desk, { op: 'tick' });
  return gone;
}

/** Runs again and again until it is stopped; a failure is told and does not end it. */
export function repeat(
  clock: Clock,
  everyMs: number,
  work: () => Promise<void>,
  onFailure: (failure: Error) => void,
): () => Promise<void> {
  let isStopped = false;
  let cancel: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();
  const schedule = (): void => {
    if (isStopped) return;
    cancel = startTimer(clock, everyMs, () => {
      running = work()
        .catch((thrown: unknown) => onFailure(toError(thrown)))
        .then(schedule);
    });
  };
  schedule();
  return async () => {
    isStopped = true;
    cancel?.();
    await running;
  };
}
