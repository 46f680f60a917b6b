import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { root } from '../../scripts/pack.cjs';
import type { Look } from '../e2e/support/editor';
import { smallerPng } from './smaller-png';

export type Language = Look['language'];

/** As the editor calls them, and as the pictures' names end. */
export const languages: readonly Language[] = ['en-US', 'ru'];
const endings: Readonly<Record<Language, string>> = { 'en-US': 'en', ru: 'ru' };

const shownFolder = join(root, 'docs/pictures');
/** Of those that no page shows: for looking at, and not for keeping. */
const seenFolder = join(root, 'artefacts/pictures');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('');

function pathOf(file: string): string {
  const folder = pages.includes(`pictures/${file})`) ? shownFolder : seenFolder;
  mkdirSync(folder, { recursive: true });
  return join(folder, file);
}

export interface Studio {
  readonly browser: Browser;
  readonly language: Language;
  /** Of a page of the sandbox: `chat`, `calls` or `editor`. */
  address(page: string): string;
  isWanted(name: string): boolean;
  /** The files that were written. */
  readonly taken: Set<string>;
}

export interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Without what moves or blinks, so that the same page gives the same picture. */
const still = { animations: 'disabled', caret: 'hide', scale: 'css' } as const;

export async function take(studio: Studio, name: string, what: Page | Locator, clip?: Frame): Promise<void> {
  const file = `${name}.${endings[studio.language]}.png`;
  const isPage = 'context' in what;
  const picture = isPage
    ? await what.screenshot({ ...still, ...(clip && { clip }) })
    : await what.screenshot(still);
  const path = pathOf(file);
  await writeFile(path, smallerPng(picture));
  studio.taken.add(path);
}
