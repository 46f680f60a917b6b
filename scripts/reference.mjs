// npm run docs: writes what is in docs/reference from the dialogs, helps, texts and tables of the pack.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import pack from './pack.cjs';
import { errorsPage } from './reference/errors.mjs';
import { messagePage } from './reference/message.mjs';
import { metricsPage } from './reference/metrics.mjs';
import { settingsPage } from './reference/settings.mjs';

export const referenceFolder = join(pack.root, 'docs/reference');

/** The text of each page under its file name. @returns {Promise<Map<string, string>>} */
export async function referencePages() {
  return new Map([
    ['settings.md', settingsPage('en-US')],
    ['settings.ru.md', settingsPage('ru')],
    ['message.md', messagePage('en-US')],
    ['message.ru.md', messagePage('ru')],
    ['errors.md', await errorsPage('en-US')],
    ['errors.ru.md', await errorsPage('ru')],
    ['metrics.md', metricsPage()],
  ]);
}

async function write() {
  const pages = await referencePages();
  mkdirSync(referenceFolder, { recursive: true });
  for (const file of readdirSync(referenceFolder)) {
    if (file.endsWith('.md') && !pages.has(file)) rmSync(join(referenceFolder, file));
  }
  for (const [file, text] of pages) writeFileSync(join(referenceFolder, file), text);
  console.error(`wrote ${pages.size} pages to docs/reference`);
}

if (argv[1] === fileURLToPath(import.meta.url)) await write();
