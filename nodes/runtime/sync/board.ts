import type { SyncStatus } from '../../../lib/sync/types';
import type { Translate } from '../explain';
import type { Shell } from '../shell';
import type { StatusWord } from '../status';

/** What the status of a node shows; of several portals the sum. */
export type SyncTotals = Pick<
  SyncStatus,
  'state' | 'handled' | 'total' | 'inFlight' | 'late' | 'failed' | 'isHeld' | 'error'
>;

export interface SyncBoard {
  show(): void;
}

export function createSyncBoard(shell: Shell, look: () => readonly SyncStatus[]): SyncBoard {
  return {
    show() {
      const all = look();
      const ours = all.filter(({ isElsewhere }) => isElsewhere !== true);
      if (ours.length === 0 && all.length > 0) {
        return shell.status.show('idle', elsewhereText(shell.translate, totalsOf(all)));
      }
      const totals = totalsOf(ours);
      if (totals.state === 'idle' && totals.error) return shell.status.fail(totals.error);
      shell.status.show(wordOf(totals), syncText(shell.translate, totals));
    },
  };
}

function wordOf({ state, isHeld, failed }: SyncTotals): StatusWord {
  if (state === 'running') return 'working';
  if (state === 'stopping') return 'waiting';
  if (isHeld) return 'stopped';
  // A person has to look at those.
  return failed > 0 ? 'failed' : 'ready';
}

export function totalsOf(all: readonly SyncStatus[]): SyncTotals {
  const sum = (read: (status: SyncStatus) => number): number => all.reduce((so, one) => so + read(one), 0);
  const state = (['running', 'stopping'] as const).find((word) => all.some((one) => one.state === word));
  const error = all.find((one) => one.error !== undefined)?.error;
  const isCounted = all.every(({ total }) => total !== undefined);
  return {
    state: state ?? 'idle',
    handled: sum(({ handled }) => handled),
    inFlight: sum(({ inFlight }) => inFlight),
    late: sum(({ late }) => late),
    failed: sum(({ failed }) => failed),
    isHeld: all.length > 0 && all.every(({ isHeld }) => isHeld),
    ...(isCounted && { total: sum(({ total = 0 }) => total) }),
    ...(error && { error }),
  };
}

/** `1 240 of 3 000, 4 in flight, 2 late`; undefined when there is nothing to tell. */
export function syncText(translate: Translate, totals: SyncTotals): string | undefined {
  const { handled, total, inFlight, late, failed } = totals;
  const say = (name: string, params: Record<string, string>): string =>
    translate(`bitlane.sync.status.${name}`, params);
  const progress =
    total === undefined || total < handled
      ? say('handled', { handled: grouped(handled) })
      : say('handledOf', { handled: grouped(handled), total: grouped(total) });
  const parts = [
    ...(totals.state !== 'idle' || handled > 0 ? [progress] : []),
    ...(inFlight > 0 ? [say('inFlight', { count: grouped(inFlight) })] : []),
    ...(late > 0 ? [say('late', { count: grouped(late) })] : []),
    ...(failed > 0 ? [say('failed', { count: grouped(failed) })] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** Another instance says the rest; here nothing is to be done. */
export function elsewhereText(translate: Translate, totals: SyncTotals): string {
  const progress = syncText(translate, totals);
  const word = translate('bitlane.sync.status.elsewhere');
  return progress === undefined ? word : `${word}: ${progress}`;
}

/** By a narrow space, which is right in both languages. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202F');
}
