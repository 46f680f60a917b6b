import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../../support/until';

export interface Instance {
  readonly lines: readonly string[];
  untilLine(line: string): Promise<void>;
  /** What it waits for may go on. */
  go(): void;
  /** Stands still, and goes on. */
  freeze(): void;
  thaw(): void;
  readonly ended: Promise<unknown>;
  isOver(): boolean;
  stop(): Promise<void>;
}

/** Starts an instance of ours in a process of its own, and waits until it has the store open. */
export async function startInstance(url: string, deadAfterMs: number): Promise<Instance> {
  const script = join(__dirname, 'instance-process.ts');
  const args = ['--require', 'tsx/cjs', script, url, String(deadAfterMs)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  // What is written to one that has just died.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close');
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const untilLine = (line: string): Promise<void> =>
    until(() => lines.includes(line), `${line}, and not ${lines.join(' | ')}`);
  const instance: Instance = {
    lines,
    untilLine,
    go: () => void child.stdin.write('go\n'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    ended,
    isOver,
    async stop() {
      if (isOver()) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
  await untilLine('READY').catch(async (failure: unknown) => {
    await instance.stop();
    throw failure;
  });
  return instance;
}
