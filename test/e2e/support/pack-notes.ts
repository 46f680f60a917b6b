import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artefacts } from './matrix';

const notes: Record<string, Record<string, number>> = {};

/** Adds figures about the pack to artefacts/e2e/pack.json. */
export async function notePack(subject: string, figures: Record<string, number>): Promise<void> {
  notes[subject] = { ...notes[subject], ...figures };
  await mkdir(artefacts, { recursive: true });
  await writeFile(join(artefacts, 'pack.json'), `${JSON.stringify(notes, null, 2)}\n`);
}
