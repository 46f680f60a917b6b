/** The results in docs/benchmarks.md: the part between the two marks is written by `npm run bench -- --runs 3 --write`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { isMet, median, shortly, type Answer, type Row } from './question';

const page = join(__dirname, '..', '..', 'docs', 'benchmarks.md');
const marks = { begin: '<!-- results -->', end: '<!-- end of results -->' };

export function writePage(answers: readonly Answer[]): void {
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(marks.begin);
  const [, after = ''] = rest.split(marks.end);
  writeFileSync(page, `${before}${marks.begin}\n\n${results(answers)}\n\n${marks.end}${after}`);
}

function results(answers: readonly Answer[]): string {
  const questions = [...new Set(answers.map(({ question }) => question))].sort((left, right) => left - right);
  const parts = questions.map((question) => {
    const runs = answers.filter((answer) => answer.question === question);
    return [`### ${question}. ${runs[0]?.title ?? ''}`, '', ...heads, ...lines(runs)].join('\n');
  });
  return [machine(), ...parts].join('\n\n');
}

const heads = ['| | Ours | Beside | Median | Spread | Goal | |', '|---|---|---|---|---|---|---|'];

function lines(runs: readonly Answer[]): string[] {
  return (runs[0]?.rows ?? []).map((first, place) => {
    const rows = runs.map(({ rows }) => rows[place] ?? first);
    const values = rows.map(({ value }) => value);
    const middle = median(values);
    const shown = nearest(rows, middle);
    const { unit = '', goal } = first;
    return `| ${[
      first.what,
      shown.ours,
      shown.beside,
      `${shortly(middle)}${unit}`,
      `${shortly(Math.min(...values))} to ${shortly(Math.max(...values))}`,
      goal ? `${goal.kind} ${goal.value}${unit}` : '',
      goal ? (isMet({ value: middle, goal }) ? 'met' : '**missed**') : '',
    ].join(' | ')} |`;
  });
}

function nearest(rows: readonly Row[], middle: number): Row {
  const [best] = [...rows].sort(
    (left, right) => Math.abs(left.value - middle) - Math.abs(right.value - middle),
  );
  if (best === undefined) throw new Error('a question without an answer');
  return best;
}

function machine(): string {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 1024 ** 3);
  const cores = availableParallelism();
  return `${date}, ${cpu?.model.trim() ?? 'unknown processor'}, ${cores} cores used, ${memory} GB, Node ${process.versions.node}, ${process.platform}.`;
}
