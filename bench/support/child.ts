/** A program of a scene in a process of its own, so that what it costs is charged to nobody else. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface Child {
  readonly pid: number;
  /** What the program answers to the order; rejects when it fails at it, or ends first. */
  ask(order: object): Promise<unknown>;
  stop(): Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

export async function startChild(file: string): Promise<Child> {
  const child = fork(file, { execArgv: ['--import', 'tsx'] });
  const waiting = new Map<number, (reply: Reply) => void>();
  let asked = 0;
  child.on('message', (message) => {
    const reply = message as Reply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  child.once('exit', (code, signal) => {
    for (const [id, tell] of waiting) tell({ id, error: `${file} ended: ${code ?? signal}` });
  });
  const ask: Child['ask'] = (order) =>
    new Promise((resolve, reject) => {
      const id = (asked += 1);
      waiting.set(id, ({ answer, error }) =>
        error === undefined ? resolve(answer) : reject(new Error(error)),
      );
      child.send({ ...order, id });
    });
  await ask({ kind: 'ready' });
  return { pid: child.pid ?? 0, ask, stop: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

/** The other side: answers each order by what the function gives for it. */
export function obey<Order extends { kind: string }>(perform: (order: Order) => Promise<unknown>): void {
  process.on('message', (message) => {
    const order = message as Order & { id: number };
    const { id } = order;
    const done = order.kind === 'ready' ? Promise.resolve() : perform(order);
    done.then(
      (answer) => process.send?.({ id, answer }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
}

const ticksPerSecond = 100;

/** Processor time of all threads of a process; on Linux. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / ticksPerSecond;
}
