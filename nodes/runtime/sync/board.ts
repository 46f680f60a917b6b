import type { SyncStatus } from '../../../lib/sync/types';
import type { Translate } from '../explain';
import type { Shell } from '../shell';
import type { StatusWord } from '../status';

/** What the status of a node shows; of several portals the sum. */
export type SyncTotals = Pick<
  SyncStatus,
  'state' | 'handled' | 'total' | 'inFlight' | 'skipped' | 'late' | 'failed' | 'isHeld' | 'error'
> & {
  /** Codes of the errors that rows failed with, as far as they are known: the most frequent first. */
  readonly reasons?: readonly string[];
};

export interface SyncBoard {
  show(): void;
  orderBegan(): void;
  /** An order that could not be carried out stays to be seen until one can, or a run ends well. */
  orderEnded(error?: Error): void;
  orderError(): Error | undefined;
  runEndedWell(): void;
  rowFailed(code: string | undefined): void;
}

export function createSyncBoard(
  shell: Pick<Shell, 'status' | 'translate'>,
  look: () => readonly SyncStatus[],
): SyncBoard {
  const reasons = new Map<string, number>();
  let orders = 0;
  let orderError: Error | undefined;

  function failedOf(totals: SyncTotals): SyncTotals {
    if (totals.failed === 0) reasons.clear();
    const known = [...reasons].toSorted(([, one], [, other]) => other - one);
    return { ...totals, reasons: known.map(([code]) => code) };
  }

  function show(): void {
    const all = look();
    const isIdle = all.every(({ state }) => state === 'idle');
    if (isIdle && orders > 0) return shell.status.show('working');
    if (isIdle && orderError) return shell.status.fail(orderError);
    const ours = all.filter(({ isElsewhere }) => isElsewhere !== true);
    if (ours.length === 0 && all.length > 0) {
      return shell.status.show('idle', elsewhereText(shell.translate, totalsOf(all)));
    }
    const totals = failedOf(totalsOf(ours));
    if (totals.state === 'idle' && totals.error) return shell.status.fail(totals.error);
    const word = wordOf(totals);
    shell.status.show(
      word,
      word === 'stopped' ? heldText(shell.translate, totals) : syncText(shell.translate, totals),
    );
  }

  return {
    show,
    orderBegan() {
      orders += 1;
      show();
    },
    orderEnded(error) {
      orders -= 1;
      orderError = error;
    },
    orderError: () => orderError,
    runEndedWell() {
      orderError = undefined;
    },
    rowFailed(code) {
      if (code !== undefined) reasons.set(code, (reasons.get(code) ?? 0) + 1);
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
    skipped: sum(({ skipped }) => skipped),
    late: sum(({ late }) => late),
    failed: sum(({ failed }) => failed),
    isHeld: all.length > 0 && all.every(({ isHeld }) => isHeld),
    ...(isCounted && { total: sum(({ total = 0 }) => total) }),
    ...(error && { error }),
  };
}

/** `1 240 of 3 000, 4 in flight, 2 late`; undefined when there is nothing to tell. */
export function syncText(translate: Translate, totals: SyncTotals): string | undefined {
  const { handled, total, inFlight, skipped, late, failed, reasons = [] } = totals;
  const say = (name: string, params: Record<string, string>): string =>
    translate(`bitlane.sync.status.${name}`, params);
  const progress =
    total === undefined || total < handled
      ? say('handled', { handled: grouped(handled) })
      : say('handledOf', { handled: grouped(handled), total: grouped(total) });
  const parts = [
    ...(totals.state !== 'idle' || handled > 0 ? [progress] : []),
    ...(inFlight > 0 ? [say('inFlight', { count: grouped(inFlight) })] : []),
    ...(skipped > 0 ? [say('skipped', { count: grouped(skipped) })] : []),
    ...(late > 0 ? [say('late', { count: grouped(late) })] : []),
    ...(failed > 0 ? [failedText(say, grouped(failed), briefsOf(translate, reasons))] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function failedText(
  say: (name: string, params: Record<string, string>) => string,
  count: string,
  briefs: readonly string[],
): string {
  if (briefs.length === 0) return say('failed', { count });
  return say('failedBecause', { count, why: briefs.join(', ') });
}

/** There is room for one or two; the panel has them all. */
export function briefsOf(translate: Translate, codes: readonly string[]): string[] {
  const briefs = codes.flatMap((code) => {
    const key = `bitlane.brief.${code}`;
    const text = translate(key);
    return text.endsWith(key) ? [] : [text];
  });
  return briefs.length > 2 ? [...briefs.slice(0, 2), '…'] : briefs;
}

/** Another instance says the rest; here nothing is to be done. */
const elsewhereText = (translate: Translate, totals: SyncTotals): string =>
  textAfter('elsewhere', translate, totals);

/** How far it is says nothing of whether it goes on. */
const heldText = (translate: Translate, totals: SyncTotals): string => textAfter('held', translate, totals);

function textAfter(name: 'elsewhere' | 'held', translate: Translate, totals: SyncTotals): string {
  const progress = syncText(translate, totals);
  const word = translate(`bitlane.sync.status.${name}`);
  return progress === undefined ? word : `${word}: ${progress}`;
}

/** By a narrow space, which is right in both languages. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202F');
}
