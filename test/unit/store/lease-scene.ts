import { openEmbeddedStore } from '../../../lib/store/embedded-store';
import { createStoreLeases, type StoreLeases } from '../../../lib/store/leases';
import { nextTurn } from '../../../lib/store/ledger';
import type { StoreCondition } from '../../../lib/store/offer';
import type { ProcessView } from '../../../lib/store/process-view';
import { folder, letPass, nextProcess, testTime, type TestTime } from './open-store';
import { createTestDisk, type TestDisk } from './test-disk';

export const keyPath = `${folder}.key`;

/** One process with its leases, on a disk that a test can break. */
export interface LeaseScene {
  disk: TestDisk;
  time: TestTime;
  leases: StoreLeases;
  /** How often a store was opened. */
  openings(): number;
  isLocked(): boolean;
  /** The lines of the key file. */
  keys(): string[];
  /** Moves time on until this has come to its end. */
  pass<T>(work: Promise<T>): Promise<T>;
  /** Lets so much time pass, in small steps: what begins on the way comes to its end. */
  wait(ms: number): Promise<void>;
  /** Comes to rest: what runs in the background has ended. */
  settle(): Promise<void>;
  /** What happens when the process ends. */
  exit(): void;
}

export function leaseScene(
  disk = createTestDisk(),
  time = testTime(),
  processes: ProcessView = nextProcess(),
): LeaseScene {
  let openings = 0;
  let onExit: (() => void) | undefined;
  const leases = createStoreLeases({
    ...time,
    files: disk.files,
    judge: () => Promise.resolve({ kind: 'local' }),
    open(options) {
      openings += 1;
      return openEmbeddedStore({ ...options, processes });
    },
    atExit(act) {
      onExit = act;
      return () => (onExit = undefined);
    },
  });
  return {
    disk,
    time,
    leases,
    openings: () => openings,
    isLocked: () => disk.names().includes('lock'),
    keys: () => (disk.names().includes('store.key') ? linesOf(disk.content(keyPath)) : []),
    pass: (work) => letPass(time, work),
    async wait(ms) {
      for (let passed = 0; passed < ms; passed += 100) {
        await time.clock.advance(100);
        for (let turn = 0; turn < 10; turn += 1) await nextTurn();
      }
    },
    settle: () => letPass(time, quiet()),
    exit: () => onExit?.(),
  };
}

const linesOf = (bytes: Buffer): string[] =>
  bytes
    .toString()
    .split(/[\r\n\uFEFF]+/)
    .filter(Boolean);

/** Long enough for what needs many turns and no time; scrypt among it runs on a thread of its own. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await nextTurn();
}

/** Takes down how a store is, in short. */
export function noteConditions(): { seen: string[]; note: (condition: StoreCondition) => void } {
  const seen: string[] = [];
  const note = (condition: StoreCondition): void => {
    if (condition.state === 'opening') seen.push('opening');
    if (condition.state === 'unavailable') seen.push(`unavailable: ${condition.error.message}`);
    if (condition.state !== 'ready') return;
    const notices = condition.notices.map(({ code, params }) => `${code} ${JSON.stringify(params)}`);
    seen.push(['ready', ...notices].join(' '));
  };
  return { seen, note };
}
