/**
 * All questions, one after the other, each in a process of its own:
 *
 *   npm run bench                    once, less than five minutes on two cores
 *   npm run bench -- 1 6             only these
 *   npm run bench -- --runs 3 --write   the medians and their spread into docs/benchmarks.md
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writePage } from './support/page';
import { isMet, type Answer } from './support/question';

/** `01-03-whole-event.ts` answers those from 1 to 3, which share what they are measured on. */
function numbersOf(file: string): number[] {
  const [, first, last = first] = /^(\d\d)-(?:(\d\d)-)?/.exec(file) ?? [];
  if (first === undefined) return [];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, place) => Number(first) + place);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '1' }, write: { type: 'boolean', default: false } },
  });
  const wanted = new Set(positionals.map(Number));
  const files = readdirSync(__dirname)
    .filter((name) => numbersOf(name).some((number) => wanted.size === 0 || wanted.has(number)))
    .sort();
  const answers: Answer[] = [];
  const startedAt = performance.now();
  for (let run = 0; run < Number(values.runs); run += 1)
    for (const file of files) answers.push(...(await ask(file)));
  const missed = answers.flatMap(({ rows }) => rows).filter((row) => !isMet(row)).length;
  const goals = answers.flatMap(({ rows }) => rows).filter(({ goal }) => goal !== undefined).length;
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  console.log(`${goals - missed} of ${goals} goals met, in ${minutes} minutes`);
  if (values.write) writePage(answers);
}

async function ask(file: string): Promise<Answer[]> {
  const startedAt = performance.now();
  const child = fork(join(__dirname, file), { execArgv: ['--import', 'tsx'] });
  const told: Answer[] = [];
  child.on('message', (message) => told.push(message as Answer));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || told.length < numbersOf(file).length) throw new Error(`${file} ended with ${code}`);
  console.log(`(${((performance.now() - startedAt) / 1000).toFixed(0)} s)\n`);
  return told;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
