import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { at, entriesAt } from '../../../../lib/core/fields';
import { patienceMs } from '../../../support/patience';
import { environmentOf, runtimeKinds, type RuntimeKind } from '../../../e2e/support/matrix';

export const kinds: readonly RuntimeKind[] = runtimeKinds;

export interface Answer<T> {
  result: T;
  log: string[];
}

const longestMs = 4 * patienceMs;

/** Runs a task of `program.ts` in a Node-RED of this kind; what comes back is plain data. */
export async function runIn<T>(kind: RuntimeKind, task: string, settings: object = {}): Promise<Answer<T>> {
  const tsx = createRequire(__filename).resolve('tsx/cjs');
  const args = [dirname(kind.redScript), task, JSON.stringify(settings)];
  const child = fork(join(__dirname, 'program.ts'), args, {
    execPath: kind.node,
    execArgv: ['--require', tsx],
    env: environmentOf(kind),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  }
  let answer: unknown;
  child.on('message', (message) => void (answer = message));
  const tooLate = setTimeout(() => child.kill('SIGKILL'), longestMs);
  await once(child, 'close');
  clearTimeout(tooLate);
  if (child.exitCode !== 0)
    throw new Error(`${task} on ${kind.name} ended with ${child.exitCode}:\n${output}`);
  return { result: at(answer, 'result') as T, log: entriesAt(answer, 'log').map(String) };
}

/** The same task in every kind at once. */
export async function runEverywhere<T>(task: string): Promise<Map<string, Answer<T>>> {
  const answers = await Promise.all(
    kinds.map(async (kind) => [kind.name, await runIn<T>(kind, task)] as const),
  );
  return new Map(answers);
}
