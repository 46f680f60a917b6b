// npm run pictures: takes the pictures of the documentation from the running product, in both languages.
import { stat } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../e2e/support/editor';
import { createNpmStart } from '../e2e/support/npm-start';
import { takeEditorPictures } from './editor-pictures';
import { takePagePictures } from './page-pictures';
import { languages, type Language, type Studio } from './studio';

const largestBytes = 150_000;
const largestSumBytes = 4_000_000;

/** `npm run pictures chat flow-bitbot-0` takes those alone whose name begins so. */
const wanted = process.argv.slice(2);

async function main(): Promise<void> {
  const browser = await launchBrowser();
  const taken = new Set<string>();
  try {
    for (const language of languages) await takeAll(browser, language, taken);
  } finally {
    await browser.close();
  }
  await weigh([...taken]);
}

/** With a sandbox of its own: what is said in one language does not stand in the chat of the other. */
async function takeAll(browser: Browser, language: Language, taken: Set<string>): Promise<void> {
  const sandbox = await createNpmStart();
  const program = await sandbox.start();
  const studio: Studio = {
    browser,
    language,
    address: (page) => program.address(page),
    isWanted: (name) => wanted.length === 0 || wanted.some((beginning) => name.startsWith(beginning)),
    taken,
  };
  try {
    await takePagePictures(studio);
    await takeEditorPictures(studio);
  } finally {
    await program.stop();
    await sandbox.remove();
  }
}

/** Those that a page shows are in the repository for good, so that none may be large. */
async function weigh(files: readonly string[]): Promise<void> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const large = files.filter((_, place) => (sizes[place] ?? 0) > largestBytes);
  const sum = sizes.reduce((all, size) => all + size, 0);
  console.log(`${files.length} pictures, ${Math.round(sum / 1000)} kB`);
  if (large.length > 0) throw new Error(`larger than ${largestBytes} bytes: ${large.join(', ')}`);
  if (sum > largestSumBytes) throw new Error(`${sum} bytes in all, more than ${largestSumBytes}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
