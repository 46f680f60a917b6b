import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artefacts } from './matrix';

/** Adds figures about the pack to the artefacts. Files run side by side, so each subject has one of its own. */
export async function notePack(subject: string, figures: Record<string, number>): Promise<void> {
  const folder = join(artefacts, 'pack');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${subject}.json`), `${JSON.stringify(figures, null, 2)}\n`);
}
