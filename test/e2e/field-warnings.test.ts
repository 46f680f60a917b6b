import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { patienceMs } from '../support/patience';
import * as editor from './support/editor';
import { openCheckDialog } from './support/check-dialog';
import { artefacts, kindNamed } from './support/matrix';
import { startPanelHouse, type PanelHouse } from './support/panel-house';
import { untranslatedKeys } from './support/untranslated';
import { waitUntil } from './support/wait-until';

const pictures = join(artefacts, 'field-warnings');
const kinds = [kindNamed('node-red-4.1-node-20'), kindNamed('node-red-5-node-24')];

const sayings = {
  'en-US': {
    unset: 'The variable NOT_SET is not set where Node-RED runs.',
    part: '${PUBLIC_URL} stays as it is written',
    mixed: 'the node refuses a mixture',
    key: 'a key that Node-RED has made by itself',
    https: 'https',
    network: 'network folder',
  },
  ru: {
    unset: 'Переменная NOT_SET не задана там, где работает Node-RED.',
    part: '${PUBLIC_URL} останется как написано',
    mixed: 'смесь узел не примет',
    key: 'ключом, который Node-RED придумал сам',
    https: 'https',
    network: 'сетевую папку',
  },
} as const;

const flow = [
  { id: 'tab', type: 'tab', label: 'Bot', env: [{ name: 'OF_FLOW', type: 'str', value: 'x' }] },
  {
    id: 'gr',
    type: 'group',
    z: 'tab',
    nodes: ['reply'],
    style: { label: true },
    ...{ x: 100, y: 100, w: 400, h: 200 },
    env: [{ name: 'OF_GROUP', type: 'env', value: 'NOT_SET' }],
  },
  {
    id: 'reply',
    type: 'bitrix-imbot-reply',
    z: 'tab',
    g: 'gr',
    send: 'OF_FLOW',
    sendType: 'env',
    x: 300,
    y: 200,
    wires: [[]],
  },
  { id: 'a-portal', type: 'bitrix-portal', name: 'P', authType: 'webhook', plan: 'standard', path: 'events' },
];

describe('warnings at a field', function () {
  let browser: Browser;

  before(async () => {
    await mkdir(pictures, { recursive: true });
    browser = await editor.launchBrowser();
  });
  after(() => browser.close());

  for (const kind of kinds) {
    describe(kind.name, () => {
      let house: PanelHouse;

      before(async () => {
        // Nobody has set a key for the credentials.
        const settings = { credentialSecret: undefined };
        house = await startPanelHouse(kind, { folder: pictures, settings });
        await deploy(house.url);
      });
      after(() => house.stop());

      it('has said once in the log that the key of the credentials is made up', async () => {
        await deploy(house.url);
        const seen = async (): Promise<number> =>
          (await house.readLog()).split('typed into the Bitlane nodes').length - 1;
        await waitUntil('the warning', async () => (await seen()) > 0);
        assert.equal(await seen(), 1);
      });

      for (const language of ['en-US', 'ru'] as const) {
        describe(`in ${language}`, () => {
          let open: editor.Editor;
          const says = sayings[language];

          before(async () => {
            open = await editor.openEditor(browser, house.url, { language, theme: 'light' });
          });
          afterEach(() => assert.deepEqual(open.complaints, []));
          after(() => open.close());

          it('name a variable that is not set, until it is another', async () => {
            const dialog = await openCheckDialog(open.page, 'bitrix-bot', '_ADD_');
            const field = '#node-config-input-publicUrl';
            await fill(open.page, field, '${NOT_SET}');
            await described(open.page, field, says.unset);
            await dialog.takePicture(join(pictures, `${kind.name}-${language}-variable.png`));
            await fill(open.page, field, '${PUBLIC_URL}');
            await described(open.page, field, '');
            await fill(open.page, field, 'https://${PUBLIC_URL}');
            await described(open.page, field, says.part);
            await fill(open.page, field, 'http://example.com');
            await described(open.page, field, says.https);
            await fill(open.page, field, 'https://example.com');
            await described(open.page, field, '');
            // What is folded away comes into sight.
            const folded = '#node-config-input-avatar';
            await open.page.evaluate(`$('${folded}').val('$' + '{NOT_SET}').trigger('change')`);
            await described(open.page, folded, says.unset);
            await open.page.locator(folded).waitFor({ state: 'visible' });
            await dialog.cancel();
          });

          it('show a saved secret that is such a variable, refuse a mixture, and know a typed one whose key is made up', async () => {
            const dialog = await openCheckDialog(open.page, 'bitrix-portal', 'a-portal');
            const field = '#node-config-input-webhookUrl';
            await described(open.page, field, says.unset);
            assert.equal(await dialog.value('webhookUrl'), '${NOT_SET}');
            assert.equal(await open.page.locator(field).getAttribute('type'), 'text');
            await fill(open.page, field, '${NOT_SET}typed');
            await described(open.page, field, says.mixed);
            assert.equal(await open.page.locator(field).getAttribute('type'), 'password');
            await fill(open.page, field, 'https://example.bitrix24.com/rest/1/typed/');
            await described(open.page, field, says.key);
            await dialog.takePicture(join(pictures, `${kind.name}-${language}-secret.png`));
            await fill(open.page, field, '${NOT_SET}');
            await described(open.page, field, says.unset);
            await dialog.cancel();
          });

          it('know what the flow and the group define, and what those lean on', async () => {
            await open.page.evaluate(`RED.editor.edit(RED.nodes.node('reply'))`);
            await trayIsOpen(open.page);
            const shown = '#node-input-send + .red-ui-typedInput-container .red-ui-typedInput-input';
            const type = (name: string): Promise<unknown> =>
              open.page.evaluate(`$('#node-input-send').typedInput('value', ${JSON.stringify(name)})`);
            await type('NOT_SET');
            await described(open.page, shown, says.unset);
            await type('OF_FLOW');
            await described(open.page, shown, '');
            await type('OF_GROUP');
            await described(open.page, shown, says.unset);
            await open.page.locator('#node-dialog-cancel').click();
            await open.page.waitForFunction(`document.querySelector('.red-ui-tray') === null`);
          });

          it('ask the machine about the folder of a store', async () => {
            const dialog = await openCheckDialog(open.page, 'bitlane-store', '_ADD_');
            const field = '#node-config-input-folder';
            await fill(open.page, field, '//server/share');
            await described(open.page, field, says.network);
            const answered = open.page.waitForResponse((response) =>
              response.url().includes('bitlane-store/folder'),
            );
            await fill(open.page, field, 'bots');
            assert.deepEqual(await (await answered).json(), { ok: true, message: '' });
            await described(open.page, field, '');
            await dialog.cancel();
          });
        });
      }
    });
  }
});

/** As a person does who goes on to the next field. */
async function fill(page: Page, field: string, text: string): Promise<void> {
  await page.locator(field).fill(text);
  await page.locator(field).blur();
}

/** What a screen reader says with the field: exactly one warning with this in it, or none at all. */
async function described(page: Page, field: string, expected: string): Promise<void> {
  const read = `(() => {
    const ids = (document.querySelector(${JSON.stringify(field)}).getAttribute('aria-describedby') || '').split(' ').filter(Boolean);
    return ids.map((id) => {
      const place = document.getElementById(id);
      return place.getAttribute('role') + ': ' + place.textContent;
    });
  })()`;
  const condition =
    expected === ''
      ? `${read}.length === 0`
      : `${read}.length === 1 && ${read}[0].startsWith('status: ') && ${read}[0].includes(${JSON.stringify(expected)})`;
  try {
    await page.waitForFunction(condition, undefined, { timeout: patienceMs });
  } catch {
    assert.deepEqual(await page.evaluate<unknown>(read), [expected]);
  }
  const texts = await page.evaluate<string[]>(read);
  assert.deepEqual(untranslatedKeys(texts.join('\n')), []);
}

async function trayIsOpen(page: Page): Promise<void> {
  await page.waitForFunction(`(() => {
    const open = document.querySelector('.red-ui-tray');
    return open !== null && getComputedStyle(open).right === '0px';
  })()`);
}

async function deploy(url: string): Promise<void> {
  const app = { id: 'an-app', type: 'dify-app', name: 'App', baseUrl: 'http://127.0.0.1:9/v1' };
  const flows = flow.map((node) =>
    node.id === 'a-portal' ? { ...node, credentials: { webhookUrl: '${NOT_SET}' } } : node,
  );
  const answer = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'node-red-deployment-type': 'full' },
    body: JSON.stringify([...flows, { ...app, credentials: { apiKey: 'app-typed-by-hand' } }]),
  });
  assert.equal(answer.status, 204);
}
