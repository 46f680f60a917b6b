import { InvalidError } from '../../lib/core/errors';
import type { Backlog } from '../../lib/bitrix24/events/reader';
import type { Shell } from '../runtime/shell';

export interface BacklogBoard {
  /** A flow ended well: whatever was wrong before is over. */
  onFinished(): void;
  onRival(rivals: number): void;
  /** What is wrong with the bot whose events these are; undefined when it is well again. */
  onBot(error: Error | undefined): void;
  /** Why no events come, or why they may go to another node. */
  trouble(): Error | undefined;
}

const LOOK_MS = 5000;
/** Nobody needs to be told of what waits for a moment. */
const LONG_MS = 10_000;

/** The status: what keeps events away, what waits and for how long when it matters, and otherwise that all is well. */
export function watchBacklog(
  shell: Pick<Shell, 'status' | 'translate' | 'report' | 'recovered' | 'onClose'>,
  look: () => Promise<Backlog | undefined>,
): BacklogBoard {
  let conflict: Error | undefined;
  let botError: Error | undefined;
  let wasLong = false;

  async function show(): Promise<void> {
    const backlog = await look();
    if (conflict ?? botError) return;
    const { local = 0 } = backlog ?? {};
    const isLong = backlog !== undefined && (local > 0 || backlog.oldestMs >= LONG_MS);
    if (isLong) shell.status.show('waiting', textOf(backlog));
    else if (wasLong) shell.status.show('ready');
    wasLong = isLong;
  }

  /** The bot has told of its trouble itself; here it only must not look as if events could come. */
  function showStanding(): void {
    if (conflict) shell.status.fail(conflict);
    else if (botError) shell.status.show('failed', shell.translate('bitrix-in.status.bot'));
    else shell.status.show('ready');
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
      if (!conflict && !botError && shell.status.now().error) shell.status.show('ready');
      shell.recovered((code) => code !== 'EVENT_CONFLICT');
    },
    onRival(rivals) {
      conflict =
        rivals === 0
          ? undefined
          : new InvalidError('EVENT_CONFLICT', `${rivals + 1} nodes want the same events`);
      if (conflict) return shell.report(conflict);
      shell.recovered((code) => code === 'EVENT_CONFLICT');
      showStanding();
    },
    onBot(error) {
      botError = error;
      showStanding();
    },
    trouble: () => conflict ?? botError,
  };
}
