import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { entriesAt, textAt } from '../../lib/core/fields';
import { patienceMs } from '../support/patience';
import { launchBrowser } from './support/editor';
import { artefacts } from './support/matrix';
import { createNpmStart, type NpmStart, type PrintingProgram } from './support/npm-start';
import { packedTarball } from './support/pack';

const pictures = join(artefacts, 'first-minutes');
const patience = { timeout: patienceMs };

/** What somebody sees who has just typed `npm start`. */
describe('the first minutes with the sandbox', function () {
  let npm: NpmStart;
  let sandbox: PrintingProgram | undefined;
  let browser: Browser;
  const times: string[] = [];

  const here = (): PrintingProgram => {
    assert.ok(sandbox, 'it did not start');
    return sandbox;
  };
  async function timed<Result>(what: string, doing: () => Promise<Result>): Promise<Result> {
    const started = performance.now();
    const result = await doing();
    times.push(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return result;
  }
  async function open(address: string, language = 'en-US'): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext({ locale: language, viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(address);
    return { page, complaints };
  }
  const say = async (page: Page, text: string): Promise<void> => {
    await page.locator('#text').fill(text);
    await page.locator('#text').press('Enter');
  };
  const botSays = (page: Page, text: RegExp): Promise<void> =>
    page.locator('#client li.bot').filter({ hasText: text }).first().waitFor(patience);

  before(async () => {
    // Makes sure that dist/ is built.
    await packedTarball();
    await mkdir(pictures, { recursive: true });
    browser = await launchBrowser();
    npm = await createNpmStart();
    sandbox = await timed('from the start to the addresses', () => npm.start());
  });
  after(async () => {
    console.log(`    ${times.join('\n    ')}`);
    await browser?.close();
    await sandbox?.stop();
    await npm?.remove();
  });

  it('a line in the chat is answered', async () => {
    const { page, complaints } = await open(here().address('chat'));
    await timed('from a line to its answer', async () => {
      await say(page, 'What are the prices?');
      await botSays(page, /Our prices/);
    });
    await page.screenshot({ path: join(pictures, 'chat.png') });
    assert.deepEqual(complaints, []);
  });

  it('every channel has a bot that answers, in Russian to one who looks in Russian', async () => {
    const { page } = await open(here().address('chat'), 'ru-RU');
    await page.locator('#channel option').first().waitFor({ state: 'attached' });
    const options = await page.locator('#channel option').all();
    assert.ok(options.length > 5);
    for (const option of options) {
      assert.doesNotMatch((await option.textContent()) ?? '', /не развёрнут/);
      const code = (await option.getAttribute('value')) ?? '';
      const channel = await open(`${here().address('chat')}?channel=${code}`, 'ru-RU');
      // Without a Russian letter, so that those of the answer are the bot's own.
      await say(channel.page, '?');
      const answer = channel.page.locator('#client li.bot :is(.text, a)').filter({ hasText: /[а-яё]{3}/i });
      await answer.first().waitFor(patience);
      await channel.page.close();
    }
  });

  it('a person is called, answers, and gives the dialog back, in Russian', async () => {
    const { page, complaints } = await open(`${here().address('chat')}?channel=handover`, 'ru-RU');
    await say(page, 'оператор');
    await page.locator('#holder').filter({ hasText: 'Ольга' }).waitFor(patience);
    await botSays(page, /вам ответит коллега/);
    const note = page.locator('#staff li').filter({ hasText: 'видят только сотрудники' });
    await note.filter({ hasText: 'Клиент попросил позвать человека' }).waitFor(patience);
    await page.locator('#answer-text').fill('Здравствуйте, это Ольга');
    await page.locator('#answer-text').press('Enter');
    await page.locator('#client li.staff').filter({ hasText: 'это Ольга' }).waitFor(patience);
    await page.locator('#finish').click();
    await page.locator('#holder').filter({ hasText: 'Диалог ничей' }).waitFor(patience);
    await say(page, 'А теперь бот');
    await botSays(page, /А теперь бот/);
    await page.screenshot({ path: join(pictures, 'handover-ru.png') });
    assert.deepEqual(complaints, []);
  });

  it('the other language is one link away, and stays from page to page', async () => {
    const { page, complaints } = await open(`${here().address('chat')}?channel=echo`, 'ru-RU');
    await page.locator('#language').click();
    await page.locator('#client-title').filter({ hasText: 'You, the client' }).waitFor(patience);
    await page.locator('#flow').filter({ hasText: '0 Echo bot' }).waitFor(patience);
    await page.locator('nav').getByText('The calls').click();
    await page.locator('#calls-title').filter({ hasText: 'The calls' }).waitFor(patience);
    assert.deepEqual(complaints, []);
  });

  it('a button that is pressed by the keyboard keeps the focus', async () => {
    const { page } = await open(`${here().address('chat')}?channel=echo`);
    await say(page, 'Anybody there?');
    await botSays(page, /Anybody there\?/);
    const like = page.locator('#client li.bot').last().getByRole('button', { name: 'Like' });
    await like.focus();
    await like.press('Enter');
    await page.locator('#client li.bot').last().filter({ hasText: '👍' }).waitFor(patience);
    assert.equal(await like.evaluate((button) => button === document.activeElement), true);
  });

  it('the start of the call sync brings talks, transcripts and comments', async () => {
    const { page, complaints } = await open(here().address('calls'));
    await page.locator('#rows tr').first().waitFor(patience);
    await page.locator('#only').check();
    const pressed = await fetch(new URL('inject/bitlane-calls-start', here().address('editor')), {
      method: 'POST',
    });
    assert.equal(pressed.status, 200);
    await timed('from the start of the sync to the first talk', () =>
      page.locator('#rows .of-talk button').first().waitFor(patience),
    );
    const withTranscript = page
      .locator('#rows .of-talk button')
      .filter({ hasText: 'with transcript' })
      .first();
    await timed('to the first transcript in the CRM', () => withTranscript.waitFor(patience));
    await page.locator('#comments li').first().waitFor(patience);
    await withTranscript.click();
    const opened = page.locator('#rows .more').filter({ visible: true }).first();
    await opened.waitFor(patience);
    const place = (): Promise<number> =>
      opened.evaluate((row) => [...(row.parentElement?.children ?? [])].indexOf(row));
    const before = await place();
    await page.locator('#waits').filter({ visible: true }).waitFor(patience);
    assert.equal(await place(), before, 'the talk that is open has moved');
    await page.locator('#rows .of-recording button').first().click();
    await page.locator('audio').waitFor(patience);
    await page.screenshot({ path: join(pictures, 'calls.png') });
    assert.deepEqual(complaints, []);
  });

  it('a second start keeps the flows, and forgets what the pack knew of the stand-ins before', async () => {
    const address = new URL('flows', here().address('editor'));
    const flows = entriesAt(await (await fetch(address)).json());
    const named = flows.map((node) =>
      textAt(node, 'id') === 'bitlane-echo-flow' ? Object.assign({}, node, { label: 'My echo' }) : node,
    );
    const headers = { 'Content-Type': 'application/json' };
    const deployed = await fetch(address, { method: 'POST', headers, body: JSON.stringify(named) });
    assert.equal(deployed.status, 204);
    const { address: addressOf } = here();
    assert.equal(await here().stop(), 0);
    await assert.rejects(fetch(addressOf('chat')), 'the pages are still there');
    const leftover = join(npm.userFolder, 'bitlane', 'leftover');
    await mkdir(join(npm.userFolder, 'bitlane'), { recursive: true });
    await writeFile(leftover, 'of stand-ins that are gone');

    sandbox = undefined;
    sandbox = await npm.start();
    assert.equal(existsSync(leftover), false);
    const kept = entriesAt(await (await fetch(new URL('flows', here().address('editor')))).json());
    assert.ok(kept.some((node) => textAt(node, 'label') === 'My echo'));
    const { page } = await open(`${here().address('chat')}?channel=echo`);
    await say(page, 'Still there?');
    await botSays(page, /Still there\?/);
  });
});
