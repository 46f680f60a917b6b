/** Asks a process that was started with the probe. */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For a scene's `nodeOptions`. */
export const withProbe = [`--require=${join(__dirname, 'probe.cjs')}`] as const;

export interface Memory {
  /** By the process, after a collection of garbage. */
  readonly held: number;
  /** What the system has given it. */
  readonly rss: number;
}

export interface Probe {
  memory(): Promise<Memory>;
  /** The 99th percentile of the event loop's delay since the last question, in milliseconds. */
  delayMs(): Promise<number>;
  /** From now on each fsync takes so much longer. */
  slowFsync(ms: number): Promise<void>;
}

export function probeOf({ pid }: { pid: number }): Probe {
  const file = join(tmpdir(), `bitlane-probe-${pid}`);
  const port = Number(readFileSync(file, 'utf8'));
  // Who is killed cannot remove it any more.
  rmSync(file);
  const ask = async (what: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${port}/${what}`)).json();
  return {
    memory: async () => (await ask('memory')) as Memory,
    delayMs: async () => (await ask('delay')) as number,
    slowFsync: async (ms) => void (await ask(`fsync?ms=${ms}`)),
  };
}
