import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artefacts } from './matrix';

const rows = ['install', 'palette', 'dialogs', 'import', 'deploy', 'message'] as const;

type Outcome = 'passed' | 'failed';
const outcomes = new Map<string, Outcome>();

/** Notes a test's outcome in the cell that its title begins with; one failed test spoils the cell. */
export function noteOutcome(runtime: string, title: string, passed: boolean): void {
  const row = rows.find((name) => title.startsWith(name));
  if (row === undefined) throw new Error(`"${title}" belongs to no row of the table`);
  const cell = `${runtime} ${row}`;
  if (outcomes.get(cell) !== 'failed') outcomes.set(cell, passed ? 'passed' : 'failed');
}

function mark(runtime: string, row: string): string {
  const outcome = outcomes.get(`${runtime} ${row}`);
  if (outcome === undefined) return 'not run';
  return outcome === 'passed' ? '✓' : '✗';
}

/** The row of one runtime as a Markdown table, also written to the artefacts. */
export async function writeTable(runtime: string): Promise<string> {
  const lines = [
    ['runtime', ...rows],
    ['---', ...rows.map(() => ':-:')],
    [runtime, ...rows.map((row) => mark(runtime, row))],
  ];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const folder = join(artefacts, 'table');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${runtime}.md`), `${table}\n`);
  return table;
}
