import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { patienceMs } from '../../support/patience';

export interface Writer {
  readonly pid: number;
  /** Resolves when it stands still at its point. */
  untilAt(point: string): Promise<void>;
  untilLines(count: number): Promise<void>;
  /** Kills it, unless it is dead, and gives all that it has said. */
  kill9(): Promise<string[]>;
}

export function startWriter(folder: string, seed: number, point: string, nth: number): Writer {
  const script = join(__dirname, 'writer.ts');
  const args = ['--require', 'tsx/cjs', script, folder, String(seed), point, String(nth)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  // Exit comes before the last of the output, close after it.
  const closed = once(child, 'close');
  let output = '';
  let complaint = '';
  let onOutput: () => void = () => undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    onOutput();
  });
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  child.once('close', () => onOutput());

  const untilTrue = (isTrue: () => boolean, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const limit = setTimeout(() => give(new Error(`waited in vain for ${what}\n${complaint}`)), patienceMs);
      const give = (failure?: Error): void => {
        clearTimeout(limit);
        onOutput = () => undefined;
        if (failure) reject(failure);
        else resolve();
      };
      onOutput = () => {
        if (isTrue()) give();
        else if (child.exitCode !== null || output.includes('FAILED')) {
          give(new Error(`the writer ended early: ${output.slice(-500)}\n${complaint}`));
        }
      };
      onOutput();
    });

  return {
    pid: child.pid ?? 0,
    untilAt: (point) => untilTrue(() => output.includes(`AT ${point}\n`), point),
    untilLines: (count) => untilTrue(() => output.split('\n').length > count, `${count} lines`),
    async kill9() {
      child.kill('SIGKILL');
      await closed;
      // The last line may be torn: then nothing was confirmed by it.
      return output.split('\n').slice(0, -1);
    },
  };
}
