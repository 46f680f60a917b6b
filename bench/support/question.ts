/** What all benchmarks have in common: a question, rows that answer it, each beside its goal, and one way to tell them. */

export interface Goal {
  readonly kind: 'at least' | 'at most';
  readonly value: number;
}

export interface Row {
  /** What was compared, in words: `events/s beside H`. */
  readonly what: string;
  /** Ours and the reference, with their units, as a reader wants them. */
  readonly ours: string;
  readonly beside: string;
  /** What the goal is about: most often a ratio. */
  readonly value: number;
  readonly unit?: string;
  /** A row without a goal tells what a reader needs to understand the others. */
  readonly goal?: Goal;
}

export interface Answer {
  readonly question: number;
  readonly title: string;
  readonly rows: readonly Row[];
}

export const atLeast = (value: number): Goal => ({ kind: 'at least', value });
export const atMost = (value: number): Goal => ({ kind: 'at most', value });

export function isMet({ value, goal }: Pick<Row, 'value' | 'goal'>): boolean {
  if (goal === undefined) return true;
  return goal.kind === 'at least' ? value >= goal.value : value <= goal.value;
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
  return (lower + upper) / 2;
}

/** The figure below which the share of them lies. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Round after round all of them, so that what the machine does besides falls on each alike. */
export async function interleaved<Name extends string, Figures>(
  rounds: number,
  ways: Readonly<Record<Name, (round: number) => Promise<Figures>>>,
): Promise<Record<Name, Figures[]>> {
  const names = Object.keys(ways) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as Figures[]])) as Record<Name, Figures[]>;
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) figures[name].push(await ways[name](round));
  return figures;
}

export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, ours, beside, value, unit = '', goal }) => [
    what,
    ours,
    beside,
    `${shortly(value)}${unit}`,
    goal ? `${goal.kind} ${goal.value}${unit}` : '',
    goal ? (isMet({ value, goal }) ? 'met' : 'MISSED') : '',
  ]);
  const heads = ['', 'ours', 'beside', 'figure', 'goal', ''];
  const widths = heads.map((head, place) =>
    Math.max(head.length, ...cells.map((row) => row[place]?.length ?? 0)),
  );
  return [heads, ...cells]
    .map((row) =>
      row
        .map((cell, place) => cell.padEnd(widths[place] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const shortly = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);

/** Runs a benchmark as a program: prints the table, and tells it to the program that runs them all. */
export function answer(question: number, title: string, measure: () => Promise<readonly Row[]>): void {
  measure()
    .then((rows) => {
      const told: Answer = { question, title, rows };
      process.stdout.write(`${question}. ${title}\n${table(rows)}\n`);
      process.send?.(told);
    })
    .catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
}
