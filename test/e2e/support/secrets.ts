import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** The files below a folder, without installed packages. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? listFiles(path) : Promise.resolve(entry.isFile() ? [path] : []);
    });
  return (await Promise.all(nested)).flat();
}

/** The files below a folder that hold one of the secrets in clear text. */
export async function filesWithSecrets(folder: string, secrets: readonly string[]): Promise<string[]> {
  const files = await listFiles(folder);
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return files
    .filter((_, at) => secrets.some((secret) => texts[at]?.includes(secret)))
    .map((file) => relative(folder, file));
}
