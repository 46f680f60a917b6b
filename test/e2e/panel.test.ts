import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { textAt } from '../../lib/core/fields';
import * as editor from './support/editor';
import { runtimeKinds, type RuntimeKind } from './support/matrix';
import { pictures, startPanelHouse, type PanelHouse, type PanelHouseOptions } from './support/panel-house';
import { waitUntil } from './support/wait-until';

const panel = '.bitlane-panel';
const catalogueKey = /\b(?:panel|bitlane)\.[a-z]+(?:\.[\w-]+)+|__\w+__|undefined|NaN|\[object/;

function kindNamed(name: string): RuntimeKind {
  const kind = runtimeKinds.find((each) => each.name === name);
  assert.ok(kind, name);
  return kind;
}
const nodeRed4 = kindNamed('node-red-4.1-node-20');
const nodeRed5 = kindNamed('node-red-5-node-24');

describe('the Bitlane sidebar', function () {
  let browser: Browser;
  let house: PanelHouse | undefined;

  before(async () => {
    await mkdir(pictures, { recursive: true });
    browser = await editor.launchBrowser();
  });
  after(() => browser.close());

  async function enter(kind: RuntimeKind, options: PanelHouseOptions): Promise<PanelHouse> {
    house = await startPanelHouse(kind, options);
    return house;
  }
  afterEach(async () => {
    await house?.stop();
    house = undefined;
  });

  /** Opens the sidebar, takes a picture of it in full and returns what a person can read there. */
  async function look(page: Page, name: string): Promise<string> {
    await page.evaluate("RED.sidebar.show('bitlane')");
    await page.locator(`${panel} section`).first().waitFor();
    await page.screenshot({ path: join(pictures, `${name}-editor.png`) });
    await takePicture(page, name);
    return page.locator(panel).innerText();
  }

  async function inEditor(
    look: editor.Look,
    work: (page: Page, complaints: string[]) => Promise<void>,
  ): Promise<void> {
    assert.ok(house);
    const open = await editor.openEditor(browser, house.url, look);
    try {
      await work(open.page, open.complaints);
      assert.deepEqual(open.complaints, []);
    } finally {
      await open.close();
    }
  }

  it('shows everything in both languages and themes, and does what its buttons say', async () => {
    await enter(nodeRed5, { madeUp: true });
    await inEditor({ language: 'ru', theme: 'dark' }, async (page) => {
      const text = await look(page, 'ru-dark');
      assert.doesNotMatch(text, catalogueKey);
      assert.match(text, /Порталы и боты/);
      assert.match(text, /самое старое: 1 мин/);
      assert.match(text, /Отправки с неясным исходом[^]*call-716CC6F5[^]*3 ч назад[^]*Calls[^]*И ещё: 3\./);
      assert.match(
        text,
        /Выгрузка[^]*Звонки[^]*работает[^]*готово: 1\s240 из 3\s000[^]*ждут: 2[^]*110 в минуту[^]*AUDIO_MONO/,
      );
      assert.match(
        text,
        /этот запуск · готово: 1\s240 из 3\s000 · отправлено: 1\s100[^\n]*\n+ждут: 2 · всего/,
      );
      assert.match(text, /всего не удалось: 11, показаны первые 2[^]*AUDIO_MONO · показано: 2/);
      // Errors too are told in the language of whoever looks.
      assert.match(text, /Портал переехал[^]*new\.example/);
      assert.doesNotMatch(text, /It has moved/);
      assert.match(text, /«Только этот портал»[^\n]*домен портала, например example\.bitrix24/);
      assert.deepEqual(await colours(page), { isDark: true });
    });
    await inEditor({ language: 'en-US', theme: 'light' }, async (page) => {
      const text = await look(page, 'en-light');
      assert.doesNotMatch(text, catalogueKey);
      assert.match(text, /Events cannot be kept at the moment\./);
      assert.match(text, /Archive[^]*the disk does not answer/);
      assert.match(text, /The field “Only this portal” is not right/);
      assert.deepEqual(await colours(page), { isDark: false });
      await useLetters(page);
      await settleUploads(page);
      await orderCursor(page);
      await revealNode(page);
      assert.equal(await page.evaluate('window.wasHacked'), undefined);
      assert.equal(await page.locator(`${panel} img`).count(), 0);
    });
  });

  it('names on top whoever does not work, once, with the reason and what to do', async () => {
    await enter(nodeRed5, { madeUpTroubles: true });
    const top = `${panel} .bitlane-panel-health`;
    await inEditor({ language: 'ru', theme: 'light' }, async (page) => {
      const text = await look(page, 'ru-troubles-node');
      assert.doesNotMatch(text, catalogueKey);
      assert.match(
        await page.locator(top).innerText(),
        /^\s*Questions of clients \(Flow 1\) не работает\.\s+Dify не принимает ключ API\. [^\n]*app-\.?\s*$/,
      );
      await page.locator(`${top} [data-key="problem-NODE_FAILING:r1"]`).click();
      await page.locator('.red-ui-flow-node-highlighted').first().waitFor();
    });
    assert.equal((await fetch(`${house?.url}/made-up/bot`, { method: 'POST' })).status, 204);
    await inEditor({ language: 'en-US', theme: 'light' }, async (page) => {
      await look(page, 'en-troubles-bot');
      const words = await page.locator(top).innerText();
      const lines = words.split('\n').flatMap((line) => line.trim() || []);
      assert.equal(lines[0], 'My bot does not answer.');
      assert.match(lines[1] ?? '', /^Bitrix24 does not accept the key/);
      assert.match(lines[2] ?? '', /^Does not work until you mend it: Questions of clients \(Flow 1\)$/);
      assert.match(lines[3] ?? '', /^Dify does not accept the API key/);
      assert.equal(lines.length, 4);
    });
    await inEditor({ language: 'ru', theme: 'dark' }, async (page) => {
      const text = await look(page, 'ru-troubles-bot');
      assert.equal(text.match(/не отвечает/g)?.length, 1);
    });
  });

  it('shows all processes that share a store, in both languages', async () => {
    await enter(nodeRed4, { madeUpInstances: true });
    await inEditor({ language: 'en-US', theme: 'light' }, async (page) => {
      const text = await look(page, 'en-instances');
      assert.doesNotMatch(text, catalogueKey);
      assert.match(text, /different versions of this pack: 0\.0\.9, \d/);
      assert.match(text, /bots-b:1880\s+needs a look[^]*in hand: 4 · retries: 12 · errors: 5/);
      assert.match(text, /bots-c:1880\s+silent for 21 sec/);
      assert.match(
        text,
        /This one is answering you\.[^]*Node-RED 4\.[^]*in hand: 2 · retries: 0 · errors: 1/,
      );
      assert.match(text, /All together\s+in hand: 6 · retries: 12 · errors: 6/);
      assert.match(text, /waiting events: 9 · failed events: 1 · uploads with an unclear end: 2/);
      assert.match(text, /waiting: 9 · running: 5 \(bots-b:1880: 3, [^)]+: 2\)/);
      assert.match(text, /ECONNREFUSED[^]*DIFY_UNREACHABLE × 5 · bots-b:1880[^]*BITRIX_MOVED · /);
      assert.equal(await page.evaluate('window.wasHacked'), undefined);
      assert.equal(await page.locator(`${panel} img`).count(), 0);
    });
    await inEditor({ language: 'ru', theme: 'light' }, async (page) => {
      const text = await look(page, 'ru-instances');
      assert.doesNotMatch(text, catalogueKey);
      assert.match(text, /разные версии пакета: 0\.0\.9, \d/);
      assert.match(text, /bots-c:1880\s+не отвечает 21 с/);
      assert.match(text, /Вам отвечает этот экземпляр/);
      assert.match(text, /Все вместе\s+в работе: 6 · повторов: 12 · ошибок: 6/);
    });
  });

  it('says what to do where there is nothing, on Node-RED 4 too, and asks only while it is seen', async () => {
    await enter(nodeRed4, {});
    await inEditor({ language: 'en-US', theme: 'light' }, async (page, complaints) => {
      const text = await look(page, 'en-empty-4');
      assert.match(text, /All is well\./);
      assert.doesNotMatch(text, /Instances/);
      assert.match(text, /No bitrix-portal node is deployed\./);
      assert.match(text, /No bitrix-in node is deployed\./);
      assert.match(text, /No upload to SpeechSense has an unclear end\./);
      assert.match(text, /No node reads calls or chats of a portal\./);
      assert.doesNotMatch(text, catalogueKey);
      await page.waitForResponse(/bitlane\/panel/);
      await waitUntil(
        'an answer to the last question',
        async () => (await questionsWhenLookedAt(page)) === 1,
      );
      await page.evaluate("RED.sidebar.show('info')");
      await page.locator(panel).waitFor({ state: 'hidden' });
      assert.equal(await questionsWhenLookedAt(page), 0);

      await page.route('**/bitlane/panel', (route) => route.fulfill({ status: 403 }));
      await page.evaluate("RED.sidebar.show('bitlane')");
      await page.getByText('You may not see how Bitlane is doing').waitFor();
      assert.equal(await questionsWhenLookedAt(page), 0);
      complaints.length = 0;
    });
  });

  it('shows everything in Node-RED 4, in Russian', async () => {
    await enter(nodeRed4, { madeUp: true });
    await inEditor({ language: 'ru', theme: 'light' }, async (page) => {
      const text = await look(page, 'ru-4');
      assert.doesNotMatch(text, catalogueKey);
      assert.match(text, /Запустить все снова/);
    });
  });

  it('lets nobody in without a login, and a reader change nothing, the editor at /admin', async () => {
    const { url, readLog } = await enter(nodeRed4, {
      madeUp: true,
      adminRoot: '/admin',
      settings: { adminAuth },
    });
    const ask = (path: string, token?: string, body?: object): Promise<Response> =>
      fetch(`${url}/admin/bitlane/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        ...(body && { body: JSON.stringify(body) }),
      });
    const letter = { store: '', queue: 'inbox:q', id: 'l1' };
    const reading = ['health', 'metrics', 'panel'];
    const writing = ['panel/replay', 'panel/discard', 'panel/letter'];
    for (const path of reading) assert.equal((await ask(path)).status, 401, path);
    for (const path of writing) assert.equal((await ask(path, undefined, letter)).status, 401, path);

    const reader = await signIn(url, 'reader');
    assert.deepEqual(await statuses(reading.map((path) => ask(path, reader))), [503, 200, 200]);
    for (const path of writing) assert.equal((await ask(path, reader, letter)).status, 401, path);

    const upload = { list: '["eag1",""]', key: 'call-716CC6F5', how: 'again' };
    assert.equal((await ask('panel/upload', reader, upload)).status, 401);

    const writer = await signIn(url, 'writer');
    assert.deepEqual(await (await ask('panel/upload', writer, upload)).json(), { ok: true });
    assert.deepEqual(
      await statuses(writing.reverse().map((path) => ask(path, writer, letter))),
      [200, 200, 200],
    );
    assert.match(await (await ask('metrics', reader)).text(), /^bitlane_dead_letters\{store="shared"\} 3$/m);
    assert.doesNotMatch(await readLog(), /\[error\]|Error:/);
  });

  it('is no trouble where there is no editor', async () => {
    const { url, readLog } = await enter(nodeRed4, { adminRoot: false });
    assert.equal((await fetch(`${url}/bitlane/health`)).status, 404);
    assert.doesNotMatch(await readLog(), /\[error\]|Error:/);
  });
});

/** As tall as it is, so that the picture shows all of it. */
async function takePicture(page: Page, name: string): Promise<void> {
  const place = 'position: fixed; inset: 0 auto auto 0; z-index: 1000; width: 320px; height: auto';
  await page.evaluate(`document.querySelector('${panel}').style = '${place}'`);
  await page.locator(panel).screenshot({ path: join(pictures, `${name}.png`) });
  await page.evaluate(`document.querySelector('${panel}').removeAttribute('style')`);
}

/** How often the panel asks the server when a person comes back to the browser tab. */
async function questionsWhenLookedAt(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const { ajax } = $;
    let asked = 0;
    $.ajax = (request) => {
      asked += 1;
      return ajax(request);
    };
    document.dispatchEvent(new Event('visibilitychange'));
    $.ajax = ajax;
    return asked;
  })()`);
}

/** Start one again by the keyboard, see a text, delete one, then start the rest. */
async function useLetters(page: Page): Promise<void> {
  page.on('dialog', (dialog) => {
    dialog.accept().catch(() => undefined);
  });
  const rows = page.locator(`${panel} [aria-labelledby="bitlane-panel-letters"] > ul > li`);
  const left = (count: number): Promise<boolean> =>
    waitUntil(`${count} letters`, async () => (await rows.count()) === count);
  await left(4);
  assert.match(await rows.nth(1).innerText(), /<img src=x onerror/);
  const show = rows.nth(1).getByRole('button', { name: 'Show the text' });
  assert.equal(await show.getAttribute('aria-expanded'), 'false');
  await show.click();
  await page.getByText('Where is my order l2? <img src=x').waitFor();
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Hide the text');
  await takePicture(page, 'en-light-text');
  await rows.nth(0).getByRole('button', { name: 'Start again' }).press('Enter');
  await left(3);
  await rows.nth(1).getByRole('button', { name: 'Delete' }).click();
  await left(2);
  await page.getByRole('button', { name: 'Start all again' }).click();
  await page.getByText('No event was given up.').waitFor();
}

/** The dialogs of the browser are accepted by now. */
async function settleUploads(page: Page): Promise<void> {
  const rows = page.locator(`${panel} [aria-labelledby="bitlane-panel-uploads"] > ul > li`);
  const left = (count: number): Promise<boolean> =>
    waitUntil(`${count} rows of uploads`, async () => (await rows.count()) === count);
  await left(3);
  assert.match(await rows.nth(1).innerText(), /<img src=x onerror/);
  await rows.nth(1).getByRole('button', { name: 'Forget' }).click();
  await left(2);
  await rows.nth(0).getByRole('button', { name: 'Send again' }).press('Enter');
  await left(1);
  await page.getByText('And 3 more.').waitFor();
}

async function orderCursor(page: Page): Promise<void> {
  const section = page.locator(`${panel} [aria-labelledby="bitlane-panel-cursors"]`);
  const failed = section.locator('.bitlane-panel-failed');
  assert.equal(await section.locator('progress').getAttribute('aria-label'), 'Progress');
  assert.match(await section.innerText(), /failed in all: 11, the first 2 are shown/);
  assert.doesNotMatch(await section.innerText(), /more\./);
  assert.match(await failed.nth(0).innerText(), /<img src=x onerror/);
  assert.match(await failed.nth(1).innerText(), /^\+7 701 … 67 → Anna, 2:14\n[^]*\nexternalCall\.716CC6F5\n/);
  await failed.nth(0).getByRole('button', { name: 'Send again' }).click();
  await waitUntil('one failed row', async () => (await failed.count()) === 1);
  await section.getByRole('button', { name: 'Stop' }).press('Enter');
  await section.getByText('waiting for a start').waitFor();
  await section.getByRole('button', { name: 'Start' }).click();
  await section.getByText('at work').waitFor();
  await section.getByRole('button', { name: 'Send the failed ones again' }).click();
  await waitUntil('no failed row', async () => (await failed.count()) === 0);
}

async function revealNode(page: Page): Promise<void> {
  await page.locator(`${panel} [data-key="reader:r1"]`).click();
  await page.locator('.red-ui-flow-node-highlighted').first().waitFor();
}

async function colours(page: Page): Promise<{ isDark: boolean }> {
  return page.evaluate(`(() => {
    const { backgroundColor } = getComputedStyle(document.querySelector('${panel}'));
    const [red] = backgroundColor.match(/\\d+/);
    return { isDark: Number(red) < 100 };
  })()`);
}

// The password of both is "a password of the tests".
const password = 'a password of the tests';
const hash = '$2b$04$TqobXYIhjAvm5oxOxL0CZ.MzryIbi8AdcDo44xPQrUsJ6ULGLlQfK';
const adminAuth = {
  type: 'credentials',
  users: [
    { username: 'reader', password: hash, permissions: 'read' },
    { username: 'writer', password: hash, permissions: '*' },
  ],
};

async function signIn(url: string, username: string): Promise<string> {
  const form = { client_id: 'node-red-admin', grant_type: 'password', scope: '', username, password };
  const answer = await fetch(`${url}/admin/auth/token`, { method: 'POST', body: new URLSearchParams(form) });
  const token = textAt(await answer.json(), 'access_token');
  assert.ok(token, `no token for ${username}`);
  return token;
}

async function statuses(asked: Promise<Response>[]): Promise<number[]> {
  return (await Promise.all(asked)).map(({ status }) => status);
}
