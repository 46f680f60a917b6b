import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { textAt } from '../../lib/core/fields';
import { startDify, type Dify } from '../../sandbox/dify';
import { openCheckDialog } from './support/check-dialog';
import * as editor from './support/editor';
import { artefacts, kindNamed, type RuntimeKind } from './support/matrix';
import { startPanelHouse, type PanelHouse } from './support/panel-house';
import { untranslatedKeys } from './support/untranslated';

const pictures = join(artefacts, 'dify-check');
const onCanvas = { z: 'tab', x: 200, y: 100, wires: [[], []] };

/** What a person must be told, in both languages, by app. */
const sayings = {
  orders: {
    'en-US': [
      'Connected to the app "Order desk" (chatflow, Dify 1.14.0).',
      'It is a chat app: use it with dify-chatflow.',
      'The app expects the variables: MESSAGE (required), CHAT_ENTITY_DATA_1, CHAT_TITLE, CONTRACT (required).',
      'fewer characters than Bitrix24 may send: MESSAGE (48), CHAT_ENTITY_DATA_1 (48).',
      'These are required, but bitrix-in does not set them: CONTRACT.',
    ],
    ru: [
      'Подключено приложение «Order desk» (чатфлоу, Dify 1.14.0).',
      'Это приложение для чата: используйте его в узле dify-chatflow.',
      'Приложение ждёт переменные: MESSAGE (обязательная), CHAT_ENTITY_DATA_1, CHAT_TITLE, CONTRACT (обязательная).',
      'меньше символов, чем может прислать Битрикс24: MESSAGE (48), CHAT_ENTITY_DATA_1 (48).',
      'Эти переменные обязательны, но узел bitrix-in их не заполняет: CONTRACT.',
    ],
  },
  report: {
    'en-US': ['another kind of app than the node Ask the orders (dify-chatflow) can run', 'It is a workflow'],
    ru: ['узел Ask the orders (dify-chatflow) не сможет его запустить', 'Это рабочий процесс'],
  },
  nobody: {
    'en-US': ['Dify does not accept the API key'],
    ru: ['Dify не принимает ключ API'],
  },
} as const;
type Case = keyof typeof sayings;

const kinds: { kind: RuntimeKind; theme: editor.Look['theme'] }[] = [
  { kind: kindNamed('node-red-4.1-node-20'), theme: 'light' },
  { kind: kindNamed('node-red-5-node-24'), theme: 'dark' },
];

describe('the Check connection button of dify-app', function () {
  let browser: Browser;
  let dify: Dify;

  before(async () => {
    await mkdir(pictures, { recursive: true });
    browser = await editor.launchBrowser();
    dify = await startDify({
      apps: [
        {
          name: 'Order desk',
          mode: 'advanced-chat',
          form: [
            { type: 'text-input', variable: 'MESSAGE', required: true },
            { type: 'text-input', variable: 'CHAT_ENTITY_DATA_1' },
            { type: 'paragraph', variable: 'CHAT_TITLE' },
            { type: 'text-input', variable: 'CONTRACT', required: true },
          ],
        },
        { name: 'Report', mode: 'workflow' },
      ],
    });
  });
  after(async () => {
    await browser.close();
    await dify.stop();
  });

  for (const { kind, theme } of kinds) {
    describe(kind.name, () => {
      let house: PanelHouse;

      before(async () => {
        house = await startPanelHouse(kind, { folder: pictures });
        await deploy(house.url, dify);
      });
      after(() => house.stop());

      for (const language of ['en-US', 'ru'] as const) {
        describe(`in ${language}`, () => {
          let open: editor.Editor;
          const picture = (what: Case | 'limits'): string =>
            join(pictures, `${kind.name}-${language}-${what}.png`);

          before(async () => {
            open = await editor.openEditor(browser, house.url, { language, theme });
          });
          afterEach(() => assert.deepEqual(open.complaints, []));
          after(() => open.close());

          it('says what the app is and what will not fit, with the stored key', async () => {
            const dialog = await openCheckDialog(open.page, 'dify-app', 'the-app');
            const { text, isNo } = await dialog.check();
            await dialog.takePicture(picture('orders'));
            assertSays(text, 'orders', language);
            assert.equal(isNo, false);
            await dialog.done();
            // Now that its kind is known.
            assert.equal(await labelOf(open.page, 'the-app'), 'My orders (Dify Chatflow)');
          });

          it('says that a key is of another kind of app than the node that uses it', async () => {
            const before = await labelOf(open.page, 'the-app');
            const dialog = await openCheckDialog(open.page, 'dify-app', 'the-app');
            await dialog.fill('apiKey', dify.app('Report').key);
            const { text, isNo } = await dialog.check();
            await dialog.takePicture(picture('report'));
            assertSays(text, 'report', language);
            assert.equal(isNo, true);
            await dialog.cancel();
            assert.equal(await labelOf(open.page, 'the-app'), before);
          });

          it('says that a key is wrong, in the dialog of a new app', async () => {
            const dialog = await openCheckDialog(open.page, 'dify-app', '_ADD_');
            await dialog.fill('baseUrl', dify.baseUrl);
            await dialog.fill('apiKey', 'app-that-nobody-made');
            const { text, isNo } = await dialog.check();
            await dialog.takePicture(picture('nobody'));
            assertSays(text, 'nobody', language);
            assert.ok(!text.includes('app-that-nobody-made'));
            assert.equal(isNo, true);
            await dialog.cancel();
          });

          it('has each name level with its field, and room for it', async () => {
            const dialog = await openCheckDialog(open.page, 'dify-app', '_ADD_');
            await open.page.locator('.red-ui-tray details > summary').click();
            await dialog.takePicture(picture('limits'));
            const { names, broken } = await readLabels(open.page);
            assert.equal(names.length, 8);
            assert.deepEqual(broken, []);
            await dialog.cancel();
          });
        });
      }

      it('answers in the language of an editor that was open before Node-RED started', async () => {
        const { page, close } = await editor.openEditor(browser, house.url, { language: 'ru', theme });
        await house.restart();
        const dialog = await openCheckDialog(page, 'dify-app', 'the-app');
        assertSays((await dialog.check()).text, 'orders', 'ru');
        await close();
      });

      it('answers in the language of the runtime to who does not say theirs, or makes one up', async () => {
        for (const query of ['', '?lng=', '?lng=../../ru', '?lng=ru&lng=en-US', '?lng=xx']) {
          const answer = await fetch(`${house.url}/bitlane/dify-app/check${query}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ id: 'the-app', baseUrl: dify.baseUrl }),
          });
          assert.equal(answer.status, 200);
          assertSays(textAt(await answer.json(), 'message') ?? '', 'orders', 'en-US');
        }
      });
    });
  }
});

function assertSays(text: string, what: Case, language: editor.Look['language']): void {
  const foreign = sayings[what][language === 'ru' ? 'en-US' : 'ru'];
  assert.deepEqual(
    sayings[what][language].filter((saying) => !text.includes(saying)),
    [],
    text,
  );
  assert.deepEqual(
    foreign.filter((saying) => text.includes(saying)),
    [],
  );
  assert.deepEqual(untranslatedKeys(text), []);
}

/** A node with the app in use, as the editor would deploy it. */
async function deploy(url: string, dify: Dify): Promise<void> {
  const app = { id: 'the-app', type: 'dify-app', name: 'My orders', baseUrl: dify.baseUrl, kind: '' };
  const node = { id: 'asker', type: 'dify-chatflow', name: 'Ask the orders', app: 'the-app' };
  const required = { user: '{memberId}:{botId}:{dialogId}', session: 'auto', ttlSeconds: 86_400 };
  const flows = [
    { id: 'tab', type: 'tab', label: 'Orders' },
    { ...app, credentials: { apiKey: dify.app('Order desk').key } },
    { ...node, ...required, ...onCanvas },
  ];
  const answer = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'node-red-deployment-type': 'full' },
    body: JSON.stringify(flows),
  });
  assert.equal(answer.status, 204);
}

function labelOf(page: Page, id: string): Promise<string> {
  return page.evaluate<string>(`RED.utils.getNodeLabel(RED.nodes.node('${id}'))`);
}

/** The names of the fields, and those that need a second line or more room than they have. */
function readLabels(page: Page): Promise<{ names: string[]; broken: string[] }> {
  return page.evaluate<{ names: string[]; broken: string[] }>(`(() => {
    const labels = [...document.querySelectorAll('.red-ui-tray .form-row > label')].filter((label) => label.checkVisibility());
    const middle = (element) => { const { top, bottom } = element.getBoundingClientRect(); return (top + bottom) / 2; };
    const isBeside = (label) => !label.nextElementSibling || Math.abs(middle(label) - middle(label.nextElementSibling)) < 6;
    const isBroken = (label) => label.scrollWidth > label.clientWidth || label.clientHeight > 40 || !isBeside(label);
    const read = (label) => label.innerText.trim();
    return { names: labels.map(read), broken: labels.filter(isBroken).map(read) };
  })()`);
}
