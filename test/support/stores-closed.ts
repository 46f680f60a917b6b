import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './until';

/** A store stays open for a moment after its last node, and would write into a folder that is gone. */
export async function storesClosed(folder: string): Promise<void> {
  await until(() => locksBelow(folder).length === 0, `the stores below ${folder} to close`);
}

/** The folders in it are looked at as well, but not the packs that are installed there. */
function locksBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') return locksBelow(path);
    return entry.isFile() && entry.name === 'lock' ? [path] : [];
  });
}
