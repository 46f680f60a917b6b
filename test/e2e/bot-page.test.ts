import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Frame, Page } from 'playwright-core';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import { listen, type Listener } from '../../sandbox/shared/http-listener';
import { startAuthServer, startPortal, type AuthServer, type Portal } from '../../sandbox/bitrix24';
import * as editor from './support/editor';
import { artefacts, runtimeKinds } from './support/matrix';
import { startPanelHouse, type PanelHouse } from './support/panel-house';
import { waitUntil } from './support/wait-until';

const pictures = join(artefacts, 'bot-page');
const app = { clientId: 'local.bot-page', clientSecret: 'secret-of-the-bot-page' };
const kind = runtimeKinds.find(({ name }) => name === 'node-red-5-node-24') ?? assert.fail('no such runtime');
const greenPicture =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

interface Look {
  user?: number;
  language?: 'en' | 'ru';
  width?: number;
  theme?: 'light' | 'dark';
}

interface Opened {
  page: Page;
  frame: Frame;
  complaints: string[];
  close(): Promise<void>;
}

describe('the page of the app, in the frame of a portal', function () {
  let browser: Browser;
  let house: PanelHouse;
  let auth: AuthServer;
  let portal: Portal;

  before(async () => {
    await mkdir(pictures, { recursive: true });
    browser = await editor.launchBrowser();
    house = await startPanelHouse(kind, { folder: pictures });
    auth = await startAuthServer();
    const card = { ...app, installed: false, installUrl: `${house.url}/bitrix24/events` };
    portal = await startPortal({ limits: 'off', authServer: auth, app: card });
    await deploy(house.url, auth);
    await waitUntil('the address of the node', async () => (await fetch(card.installUrl)).ok);
    assert.equal((await portal.install()).status, 200);
    await waitUntil('both bots', () => portal.state.bots.size === 2 && portal.state.commands.size === 2);
  });
  after(async () => {
    await browser.close();
    await house.stop();
    await portal.stop();
    await auth.stop();
  });

  async function open(look: Look = {}): Promise<Opened> {
    const { user = 1, language = 'en', width = 900, theme = 'light' } = look;
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${portal.origin}/app/?user=${user}&lang=${language}`);
    const frame = await waitUntil('the frame', () => page.frame({ name: 'app' }));
    await frame.locator('article').nth(1).waitFor();
    return { page, frame, complaints, close: () => context.close() };
  }

  const botId = (code: string): number =>
    [...portal.state.bots.values()].find((bot) => bot.code === code)?.id ?? assert.fail(code);
  const nameOf = (code: string): string | undefined => portal.state.users.get(botId(code))?.name;
  const commandsOf = (code: string): string[] =>
    [...portal.state.commands.values()].filter((one) => one.botId === botId(code)).map(({ name }) => name);

  const news = (frame: Frame): Promise<string> => frame.locator('.news').innerText();
  const hears = (frame: Frame, sentence: string): Promise<unknown> =>
    waitUntil(`"${sentence}"`, async () => (await news(frame)) === sentence);
  const card = (frame: Frame, name: string) => frame.getByRole('article', { name, exact: true });

  it('lets an administrator rename a bot, give it a picture and commands, with the keyboard alone', async () => {
    const { page, frame, complaints, close } = await open();
    const helper = card(frame, 'Helper');
    await page.screenshot({ path: join(pictures, 'en-light.png') });
    await helper.getByRole('button', { name: 'Edit Helper' }).focus();
    await page.keyboard.press('Enter');
    // The form opens with its first field in hand.
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Anna');
    const file = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(greenPicture, 'base64') };
    await helper.getByLabel('New picture').setInputFiles(file);
    await helper.getByRole('button', { name: 'Add a command' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('price');
    for (const text of ['', 'What it costs', 'product']) {
      await page.keyboard.press('Tab');
      if (text !== '') await page.keyboard.type(text);
    }
    const added = helper.locator('fieldset').last();
    await added.getByRole('button', { name: 'Add a language' }).focus();
    await page.keyboard.press('Enter');
    for (const text of ['de', 'Was es kostet']) {
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    }
    await page.screenshot({ path: join(pictures, 'en-light-editing.png'), fullPage: true });
    assert.deepEqual(await unnamedInputs(frame), []);
    await page.keyboard.press('Enter');
    await hears(frame, 'Anna is saved.');
    assert.equal(nameOf('helper'), 'Anna');
    assert.deepEqual(commandsOf('helper'), ['help', 'price']);
    const price = [...portal.state.commands.values()].find(({ name }) => name === 'price');
    assert.deepEqual(price?.title, { en: 'What it costs', de: 'Was es kostet' });
    assert.equal(price.params['en'], 'product');
    const picture = portal.calls.findLast(({ method }) => method === 'imbot.v2.Bot.update');
    assert.match(JSON.stringify(picture?.params), /"avatar":"iVBOR/);
    const anna = card(frame, 'Anna');
    await anna.getByRole('img', { name: 'Picture of Anna' }).waitFor();
    assert.match(await anna.innerText(), /Changed here: name, picture, commands \/price/);
    assert.equal(await focusedText(frame), 'Edit Anna');
    await page.screenshot({ path: join(pictures, 'en-light-saved.png') });
    assert.deepEqual(complaints, []);
    await close();
  });

  it('says in Russian what it is, in the dark, on a telephone', async () => {
    const { page, frame, complaints, close } = await open({ language: 'ru', theme: 'dark', width: 360 });
    const text = await frame.locator('main').innerText();
    for (const saying of [
      'Вы администратор портала',
      `Зарегистрирован, номер ${botId('helper')}`,
      '/help – Помощь',
    ]) {
      assert.ok(text.includes(saying), `${saying}: ${text}`);
    }
    assert.doesNotMatch(text, /\{\w+\}|undefined|NaN|\[object/);
    await page.screenshot({ path: join(pictures, 'ru-dark-360.png') });
    await card(frame, 'Anna').getByRole('button', { name: 'Изменить «Anna»' }).click();
    assert.equal(await overflow(frame), 0);
    assert.deepEqual(await unnamedInputs(frame), []);
    const tall = await frame.evaluate<number>('document.documentElement.scrollHeight');
    await page.setViewportSize({ width: 360, height: Math.min(tall, 3000) });
    await page.screenshot({ path: join(pictures, 'ru-dark-360-editing.png') });
    assert.deepEqual(complaints, []);
    await close();
  });

  it('takes no language that is none, and says so; nothing is sent', async () => {
    const { frame, close } = await open();
    const before = portal.calls.length;
    const clerk = card(frame, 'Clerk');
    await clerk.getByRole('button', { name: 'Edit Clerk' }).click();
    await clerk.getByLabel('Language').first().fill('english');
    await clerk.getByLabel('Language').first().fill('e');
    await clerk.getByRole('button', { name: 'Save' }).click();
    await hears(frame, 'Each language is two letters and comes once in a command.');
    await clerk.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(
      portal.calls.slice(before).map(({ method }) => method),
      [],
    );
    await close();
  });

  it('shows what the server says about a command that the portal does not take', async () => {
    const { frame, complaints, close } = await open();
    const clerk = card(frame, 'Clerk');
    await clerk.getByRole('button', { name: 'Edit Clerk' }).click();
    await clerk.getByRole('button', { name: 'Add a command' }).click();
    const added = clerk.locator('fieldset').last();
    await added.getByLabel('Command').fill('прайс');
    await added.getByLabel('What it does').fill('<img src=x onerror=alert(1)>');
    await clerk.getByRole('button', { name: 'Save' }).click();
    await hears(frame, 'Bitrix24 does not accept the command /прайс. Nothing was changed.');
    // What was typed is still there to be mended.
    await added.getByLabel('Command').fill('price');
    await clerk.getByRole('button', { name: 'Save' }).click();
    await hears(frame, 'Clerk is saved.');
    assert.match(await card(frame, 'Clerk').innerText(), /\/price – <img src=x onerror=alert\(1\)>/);
    assert.equal(await frame.locator('article ul img').count(), 0);
    // The browser itself notes the refusal.
    assert.deepEqual(unexpected(complaints, /status of 422/), []);
    await close();
  });

  it('switches a bot off and on, and says what that means for the people who write to it', async () => {
    const { page, frame, complaints, close } = await open();
    const toggle = card(frame, 'Clerk').getByRole('switch', { name: 'Clerk answers' });
    assert.equal(await toggle.getAttribute('aria-checked'), 'true');
    await toggle.press('Space');
    await hears(frame, 'Clerk is switched off.');
    assert.match(
      await card(frame, 'Clerk').innerText(),
      /The bot does not answer\. Whoever writes to it gets no reply/,
    );
    assert.equal(await toggle.getAttribute('aria-checked'), 'false');
    await page.screenshot({ path: join(pictures, 'en-light-off.png'), fullPage: true });
    await close();
    const later = await open();
    const again = card(later.frame, 'Clerk').getByRole('switch');
    assert.equal(await again.getAttribute('aria-checked'), 'false');
    await again.click();
    await hears(later.frame, 'Clerk is switched on.');
    assert.deepEqual([...complaints, ...later.complaints], []);
    await later.close();
  });

  it('undoes all changes of a bot after asking', async () => {
    const { frame, close } = await open();
    const clerk = card(frame, 'Clerk');
    await clerk.getByRole('button', { name: 'Undo all changes' }).click();
    await clerk.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(commandsOf('clerk'), ['find', 'price']);
    await clerk.getByRole('button', { name: 'Undo all changes' }).click();
    await clerk.getByRole('button', { name: 'Yes, undo' }).click();
    await hears(frame, 'Clerk is as it was at the beginning.');
    assert.deepEqual(commandsOf('clerk'), ['find']);
    await close();
  });

  it('lets others only look', async () => {
    const { page, frame, close } = await open({ user: 7 });
    assert.match(
      await frame.locator('main').innerText(),
      /Only administrators of the portal can change the bots/,
    );
    assert.equal(await frame.locator('button').count(), 0);
    await page.screenshot({ path: join(pictures, 'en-light-reader.png') });
    await close();
  });

  it('is shown in no frame of another site', async () => {
    const html = portal.frame.html({});
    const evil: Listener = await listen((_request, response) => {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(html);
    });
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => void complaints.push(message.text()));
    await page.goto(evil.origin);
    await waitUntil('the refusal', () => complaints.some((text) => text.includes('frame-ancestors')));
    const frame = page.frame({ name: 'app' });
    assert.equal(await frame?.locator('article').count(), 0);
    await page.close();
    await evil.stop();
  });

  it('shows what was changed in the dialog of the bot, which can take it over, also after a restart', async () => {
    await house.restart();
    const { page, complaints, close } = await editor.openEditor(browser, house.url, {
      language: 'ru',
      theme: 'light',
    });
    await page.evaluate(`RED.editor.editConfig('', 'bitrix-bot', 'helper-node')`);
    const changes = page.locator('.bitlane-changes');
    await changes.getByText('Изменено в Битрикс24').waitFor();
    assert.equal(
      await changes.locator('.form-tips').evaluate((row) => row.firstChild?.textContent),
      `Изменено в Битрикс24 на портале ${portal.domain}: имя «Anna», картинка, команды /price.`,
    );
    await page.screenshot({ path: join(pictures, 'dialog-ru.png') });
    await changes.getByRole('button', { name: 'Перенести в этот узел' }).click();
    assert.equal(await page.locator('#node-config-input-botName').inputValue(), 'Anna');
    const taken = await page.evaluate<unknown>(`bitlane.readCommandTable($('.bitlane-commands'))`);
    assert.deepEqual(
      entriesAt(taken).map((command) => [textAt(command, 'command'), at(command, 'title')]),
      [
        ['help', { en: 'Help', ru: 'Помощь' }],
        ['price', { en: 'What it costs', de: 'Was es kostet' }],
      ],
    );
    page.on('dialog', (dialog) => {
      dialog.accept().catch((error: Error) => complaints.push(error.message));
    });
    await changes.getByRole('button', { name: 'Отменить' }).click();
    await changes.getByText('Изменения отменены.').waitFor();
    await waitUntil('the name of the node', () => nameOf('helper') === 'Helper');
    assert.deepEqual(commandsOf('helper'), ['help']);
    assert.deepEqual(complaints, []);
    await close();
  });
});

/** Fields that a screen reader could not name. */
function unnamedInputs(frame: Frame): Promise<string[]> {
  return frame.evaluate<string[]>(`[...document.querySelectorAll('input')]
    .filter((input) => ![...input.labels].some((label) => label.innerText.trim() !== ''))
    .map((input) => input.className)`);
}

function overflow(frame: Frame): Promise<number> {
  return frame.evaluate<number>(
    'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)',
  );
}

function focusedText(frame: Frame): Promise<string> {
  return frame.evaluate<string>('document.activeElement.innerText');
}

function unexpected(complaints: readonly string[], expected: RegExp): string[] {
  return complaints.filter((complaint) => !expected.test(complaint));
}

async function deploy(url: string, auth: AuthServer): Promise<void> {
  const portalNode = { id: 'portal-node', type: 'bitrix-portal', authType: 'app', path: 'events' };
  const bot = {
    type: 'bitrix-bot',
    portal: 'portal-node',
    botType: 'openline',
    apiVersion: 'v2',
    eventMode: 'webhook',
    publicUrl: url,
  };
  const flows = [
    { id: 'tab', type: 'tab', label: 'Bots' },
    { ...portalNode, authHosts: auth.host, plan: 'enterprise', credentials: app },
    {
      ...bot,
      id: 'helper-node',
      code: 'helper',
      botName: 'Helper',
      commands: [{ command: 'help', title: { en: 'Help', ru: 'Помощь' }, params: {} }],
    },
    {
      ...bot,
      id: 'clerk-node',
      code: 'clerk',
      botName: 'Clerk',
      commands: [{ command: 'find', title: { en: 'Find an order' }, params: { en: 'number' } }],
    },
  ];
  const answer = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'node-red-deployment-type': 'full' },
    body: JSON.stringify(flows),
  });
  assert.equal(answer.status, 204);
}
