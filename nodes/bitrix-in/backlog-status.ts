import { InvalidError } from '../../lib/core/errors';
import type { Backlog } from '../../lib/bitrix24/events/reader';
import type { Shell } from '../runtime/shell';

export interface BacklogBoard {
  /** A flow ended well: whatever was wrong before is over. */
  onFinished(): void;
  onRival(rivals: number): void;
}

const LOOK_MS = 5000;
/** Nobody needs to be told of what waits for a moment. */
const LONG_MS = 10_000;

/** The status: what waits and for how long when it matters, and otherwise that all is well. */
export function watchBacklog(shell: Shell, look: () => Promise<Backlog | undefined>): BacklogBoard {
  let rivals = 0;
  let wasLong = false;

  async function show(): Promise<void> {
    const backlog = await look();
    if (rivals > 0) return;
    const { local = 0 } = backlog ?? {};
    const isLong = backlog !== undefined && (local > 0 || backlog.oldestMs >= LONG_MS);
    if (isLong) shell.status.show('waiting', textOf(backlog));
    else if (wasLong) shell.status.show('ready');
    wasLong = isLong;
  }

  function textOf({ waiting, oldestMs, local = 0 }: Backlog): string {
    if (local > 0) return shell.translate('bitrix-in.status.local', { count: local });
    const minutes = Math.floor(oldestMs / 60_000);
    const age =
      minutes > 0
        ? { amount: minutes, unit: 'minutes' }
        : { amount: Math.floor(oldestMs / 1000), unit: 'seconds' };
    return shell.translate(`bitrix-in.status.${age.unit}`, { waiting, amount: age.amount });
  }

  const timer = setInterval(() => {
    show().catch(() => undefined);
  }, LOOK_MS);
  timer.unref();
  shell.onClose(() => clearInterval(timer));

  return {
    onFinished() {
      if (rivals === 0 && shell.status.now().error) shell.status.show('ready');
    },
    onRival(now) {
      rivals = now;
      if (rivals === 0) shell.status.show('ready');
      else shell.report(new InvalidError('EVENT_CONFLICT', `${rivals + 1} nodes want the same events`));
    },
  };
}
