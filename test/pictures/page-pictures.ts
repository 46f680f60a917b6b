import type { Page } from 'playwright-core';
import { patienceMs } from '../support/patience';
import { take, type Language, type Studio } from './studio';

/** Of the window: as small as the page is still itself in. */
const sizes = { chat: { width: 1280, height: 640 }, calls: { width: 1280, height: 680 } };
const patience = { timeout: patienceMs };

interface Talk {
  readonly question: string;
  /** In the bot's answer. */
  readonly answer: RegExp;
  readonly call: string;
  readonly operator: string;
}

const talks: Readonly<Record<Language, Talk>> = {
  'en-US': {
    question: 'What are the prices?',
    answer: /Our prices/,
    call: 'operator',
    operator: 'Good morning, this is Olga. How can I help you?',
  },
  ru: {
    question: 'Какие у вас цены?',
    answer: /Наши цены/,
    call: 'оператор',
    operator: 'Здравствуйте, это Ольга. Чем могу помочь?',
  },
};

/** The two pages of the sandbox, after something has happened on them. */
export async function takePagePictures(studio: Studio): Promise<void> {
  if (studio.isWanted('chat')) await inPage(studio, 'chat', takeChat);
  if (studio.isWanted('calls') || studio.isWanted('panel')) await inPage(studio, 'calls', takeCalls);
}

async function inPage(
  studio: Studio,
  name: keyof typeof sizes,
  work: (studio: Studio, page: Page) => Promise<void>,
): Promise<void> {
  const context = await studio.browser.newContext({
    locale: studio.language,
    colorScheme: 'light',
    viewport: sizes[name],
  });
  const page = await context.newPage();
  await page.goto(studio.address(name));
  await work(studio, page);
  await context.close();
}

async function takeChat(studio: Studio, page: Page): Promise<void> {
  const { question, answer, call, operator } = talks[studio.language];
  await say(page, '#text', question);
  await page.locator('#client li.bot').filter({ hasText: answer }).first().waitFor(patience);
  await say(page, '#text', call);
  await page
    .locator('#holder')
    .filter({ hasText: /Olga|Ольга/ })
    .waitFor(patience);
  await say(page, '#answer-text', operator);
  await page.locator('#client li.staff').filter({ hasText: operator }).waitFor(patience);
  await take(studio, 'chat', page);
}

async function say(page: Page, field: string, text: string): Promise<void> {
  await page.locator(field).fill(text);
  await page.locator(field).press('Enter');
}

async function takeCalls(studio: Studio, page: Page): Promise<void> {
  await page.locator('#rows tr').first().waitFor(patience);
  const start = new URL('inject/bitlane-calls-start', studio.address('editor'));
  const pressed = await fetch(start, { method: 'POST' });
  if (!pressed.ok) throw new Error(`the sync was not started: ${pressed.status}`);
  await page.locator('#only').check();
  const transcript = page
    .locator('#rows .of-talk button')
    .filter({ hasText: /with transcript|расшифровк/ })
    .first();
  await transcript.waitFor(patience);
  await page.locator('#comments li').first().waitFor(patience);
  await transcript.click();
  await take(studio, 'calls', page);
}
