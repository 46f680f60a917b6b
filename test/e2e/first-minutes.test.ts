import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { entriesAt, textAt } from '../../lib/core/fields';
import { launchBrowser } from './support/editor';
import { artefacts } from './support/matrix';
import { createNpmStart, type NpmStart, type PrintingProgram } from './support/npm-start';
import { packedTarball } from './support/pack';

const pictures = join(artefacts, 'first-minutes');
const patience = { timeout: 60_000 };

/** What somebody sees who has just typed `npm start`. */
describe('the first minutes with the sandbox', function () {
  this.timeout(180_000);
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

  it('every channel has a bot that answers', async () => {
    const { page } = await open(here().address('chat'));
    await page.locator('#channel option').first().waitFor({ state: 'attached' });
    const options = await page.locator('#channel option').all();
    assert.ok(options.length > 5);
    for (const option of options) {
      assert.doesNotMatch((await option.textContent()) ?? '', /not deployed/);
      const code = (await option.getAttribute('value')) ?? '';
      const channel = await open(`${here().address('chat')}?channel=${code}`);
      await say(channel.page, 'Hello');
      await botSays(channel.page, /\S/);
      await channel.page.close();
    }
  });

  it('a person is called, answers, and gives the dialog back, in Russian', async () => {
    const { page, complaints } = await open(`${here().address('chat')}?channel=handover`, 'ru-RU');
    await say(page, 'оператор');
    await page.locator('#holder').filter({ hasText: 'Olga' }).waitFor(patience);
    await page.locator('#staff li').filter({ hasText: 'видят только сотрудники' }).waitFor(patience);
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

  it('the start of the call sync brings talks, transcripts and comments', async () => {
    const { page, complaints } = await open(here().address('calls'));
    await page.locator('#rows tr').first().waitFor(patience);
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
    await page.locator('#rows .more').filter({ visible: true }).first().waitFor(patience);
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
