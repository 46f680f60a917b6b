import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startTimer, type Clock } from '../core/clock';
import { idAt, textAt } from '../core/fields';
import { locked, unavailable } from './failures';
import { lockName } from './file-names';
import { codeOf, type StoreFiles } from './files';
import type { ProcessView } from './process-view';
import { quietly } from './segment';

export interface LockOptions {
  folder: string;
  files: StoreFiles;
  clock: Clock;
  processes: ProcessView;
  /** How often the holder shows that it lives. */
  heartbeatMs: number;
  /** How long a holder that cannot be looked up may be silent. */
  silenceMs: number;
  /** Somebody else has taken the folder, because we stood still for too long. */
  onLost: (failure: Error) => void;
}

export interface Lock {
  /** The holder that was found dead. */
  takenFrom: Holder | undefined;
  release(): Promise<void>;
  /** The same without waiting, as the process ends. */
  releaseNow(): void;
}

export interface Holder {
  token: string;
  pid: number;
  host: string;
  space: string;
  start: string;
}

/** Tokens held by this process: its own number in a lock says nothing when numbers begin anew, as in a container. */
const heldHere = new Set<string>();

/** Rejects with STORE_LOCKED while another process, or this one, uses the folder. */
export async function takeLock(options: LockOptions): Promise<Lock> {
  const { folder, files, processes } = options;
  const path = join(folder, lockName);
  const { pid, host, space } = processes;
  const mine: Holder = { token: randomUUID(), pid, host, space, start: processes.startOf(pid) ?? '' };

  heldHere.add(mine.token);
  const found = await acquire(options, path, mine).catch((failure: unknown) => {
    heldHere.delete(mine.token);
    throw failure;
  });
  const stopHeartbeat = startHeartbeat(options, path, mine);
  return {
    takenFrom: found,
    async release() {
      await stopHeartbeat();
      heldHere.delete(mine.token);
      if ((await readHolder(files, path))?.token === mine.token) await quietly(files.remove(path));
    },
    releaseNow() {
      try {
        if (parseHolder(files.readNow(path))?.token === mine.token) files.removeNow(path);
      } catch {
        // It stays, and the next one finds its holder dead.
      }
    },
  };
}

/** Gives the holder that was found dead. */
async function acquire(options: LockOptions, path: string, mine: Holder): Promise<Holder | undefined> {
  const { files, clock } = options;
  if (await createLock(options, path, mine)) return undefined;
  let found = await readHolder(files, path);
  if (!found) {
    // Being written or being released at this moment, or left empty by a power cut.
    await clock.sleep(unreadableMs);
    if (await createLock(options, path, mine)) return undefined;
    found = await readHolder(files, path);
  }
  if (found) await refuseIfAlive(options, path, found);
  await replaceLock(options, path, mine);
  return found;
}

const unreadableMs = 500;

/** False when there is one already. */
async function createLock({ files }: LockOptions, path: string, mine: Holder): Promise<boolean> {
  try {
    await writeHolder(files, path, mine);
    return true;
  } catch (fault) {
    if (codeOf(fault) === 'EEXIST') return false;
    throw unavailable(fault, false);
  }
}

async function writeHolder(files: StoreFiles, path: string, holder: Holder): Promise<void> {
  const file = await files.create(path);
  try {
    await file.append(Buffer.from(JSON.stringify(holder)));
    await file.sync();
  } catch (fault) {
    await quietly(files.remove(path));
    throw fault;
  } finally {
    await quietly(file.close());
  }
}

async function readHolder(files: StoreFiles, path: string): Promise<Holder | undefined> {
  try {
    return parseHolder(await files.read(path));
  } catch {
    return undefined;
  }
}

function parseHolder(bytes: Buffer): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(bytes.toString('utf8'));
    const token = textAt(holder, 'token');
    if (token === undefined) return undefined;
    const [host = '', space = '', start = ''] = ['host', 'space', 'start'].map((name) =>
      textAt(holder, name),
    );
    return { token, host, space, start, pid: idAt(holder, 'pid') ?? 0 };
  } catch {
    return undefined;
  }
}

/** Whoever certainly uses the folder at this moment, without taking it. */
export async function findHolder(
  folder: string,
  files: StoreFiles,
  processes: ProcessView,
): Promise<Holder | undefined> {
  const holder = await readHolder(files, join(folder, lockName));
  return holder && judge(processes, holder) === 'alive' ? holder : undefined;
}

async function refuseIfAlive(options: LockOptions, path: string, holder: Holder): Promise<void> {
  const verdict = judge(options.processes, holder);
  if (verdict === 'dead') return;
  const refusal = locked(holder.pid, holder.host);
  if (verdict === 'alive') throw refusal;
  if (!(await isSilent(options, path))) throw refusal;
}

function judge(processes: ProcessView, holder: Holder): 'dead' | 'alive' | 'unknown' {
  // Another machine or container: only its heartbeat tells.
  if (holder.host !== processes.host) return 'unknown';
  if (holder.space !== processes.space) return hasRebooted(processes, holder) ? 'dead' : 'unknown';
  if (!processes.isAlive(holder.pid)) return 'dead';
  const start = processes.startOf(holder.pid);
  if (start && holder.start) return start === holder.start ? 'alive' : 'dead';
  if (holder.pid !== processes.pid) return 'unknown';
  return heldHere.has(holder.token) ? 'alive' : 'dead';
}

/** The first word of the space is the boot. */
function hasRebooted(processes: ProcessView, holder: Holder): boolean {
  return processes.space.split(' ')[0] !== holder.space.split(' ')[0];
}

/** Watches by our own clock: times in files may come from a machine whose clock is wrong. */
async function isSilent(
  { files, clock, silenceMs, heartbeatMs }: LockOptions,
  path: string,
): Promise<boolean> {
  const seen = await lastBeat(files, path);
  for (let waited = 0; waited < silenceMs; waited += heartbeatMs) {
    await clock.sleep(heartbeatMs);
    if ((await lastBeat(files, path)) !== seen) return false;
  }
  return true;
}

const lastBeat = (files: StoreFiles, path: string): Promise<number> => files.modifiedAt(path).catch(() => 0);

/** Two that find the same dead holder both come here; the last one to rename wins, and the other sees it. */
async function replaceLock(options: LockOptions, path: string, mine: Holder): Promise<void> {
  const { files, clock, folder } = options;
  const own = join(folder, `${lockName}-${mine.token}.tmp`);
  try {
    await writeHolder(files, own, mine);
    await files.rename(own, path);
  } catch (fault) {
    await quietly(files.remove(own));
    throw unavailable(fault, false);
  }
  await clock.sleep(settleMs);
  const winner = await readHolder(files, path);
  if (winner?.token !== mine.token) throw locked(winner?.pid ?? 0, winner?.host ?? '?');
}

const settleMs = 50;

function startHeartbeat(options: LockOptions, path: string, mine: Holder): () => Promise<void> {
  const { files, clock, heartbeatMs, onLost } = options;
  let cancel: (() => void) | undefined;
  let beating: Promise<void> = Promise.resolve();
  let isOver = false;

  const beat = async (): Promise<void> => {
    const holder = await readHolder(files, path);
    if (holder && holder.token !== mine.token) {
      isOver = true;
      return onLost(locked(holder.pid, holder.host));
    }
    await quietly(files.touch(path));
  };
  const schedule = (): void => {
    if (isOver) return;
    cancel = startTimer(clock, heartbeatMs, () => {
      beating = beat().then(schedule, schedule);
    });
  };
  schedule();
  return async () => {
    isOver = true;
    cancel?.();
    await beating;
  };
}
