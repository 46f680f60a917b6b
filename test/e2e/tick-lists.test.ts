import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openEditor, type Editor } from './support/editor';
import { artefacts, kindNamed } from './support/matrix';
import { startPanelHouse, type PanelHouse } from './support/panel-house';

const pictures = join(artefacts, 'tick-lists');

const incoming = { type: 'bitrix-in', z: 'tab', x: 200, wires: [[], []] };
const flow = [
  { id: 'tab', type: 'tab', label: 'Bot' },
  { id: 'listed', ...incoming, y: 100, kinds: ['message', 'command', 'join'], passTokens: [] },
  { id: 'commas', ...incoming, y: 200, kinds: 'message, join', passTokens: '${TOKENS}' },
  { id: 'calls', type: 'voximplant-calls', z: 'tab', x: 200, y: 300, wires: [[], []], from: '2026-03-01' },
];

describe('a list to choose several from, as boxes to tick', function () {
  let browser: Browser;
  let house: PanelHouse;
  let editor: Editor;
  let page: Page;

  before(async () => {
    await mkdir(pictures, { recursive: true });
    browser = await launchBrowser();
    house = await startPanelHouse(kindNamed('node-red-4.1-node-20'), { folder: pictures, flow });
    editor = await openEditor(browser, house.url, { language: 'en-US', theme: 'light' });
    ({ page } = editor);
  });
  after(async () => {
    await editor.close();
    await house.stop();
    await browser.close();
  });

  const property = (id: string, name: string): Promise<unknown> =>
    page.evaluate<unknown>(`RED.nodes.node('${id}').${name}`);
  const ticked = (group: string): Promise<string[]> =>
    page
      .getByRole('group', { name: group })
      .getByRole('checkbox', { checked: true })
      .evaluateAll((boxes) => boxes.map((box) => box.closest('label')?.textContent?.trim() ?? ''));

  async function open(id: string): Promise<void> {
    await page.evaluate(`RED.editor.edit(RED.nodes.node('${id}'))`);
    await page.waitForFunction(`(() => {
      const tray = document.querySelector('.red-ui-tray');
      return tray !== null && getComputedStyle(tray).right === '0px';
    })()`);
    await page.evaluate(
      `document.querySelectorAll('.bitlane-form details').forEach((fold) => { fold.open = true; })`,
    );
  }

  async function done(): Promise<void> {
    await page.locator('#node-dialog-ok').click();
    await page.waitForFunction(`document.querySelector('.red-ui-tray') === null`);
  }

  it('takes one more by the space bar, and the others stay', async () => {
    await open('listed');
    assert.deepEqual(await ticked('Events'), ['Messages', 'Commands', 'The bot joins a chat']);
    await page.screenshot({ path: join(pictures, 'listed.png') });
    await page.getByRole('checkbox', { name: 'Reactions' }).focus();
    await page.keyboard.press('Space');
    await done();
    assert.deepEqual(await property('listed', 'kinds'), ['message', 'command', 'join', 'reaction']);
    assert.deepEqual(await property('listed', 'passTokens'), []);
  });

  it('leaves a text as it was, until somebody ticks', async () => {
    await open('commas');
    assert.deepEqual(await ticked('Events'), ['Messages', 'The bot joins a chat']);
    assert.deepEqual(await ticked('Pass tokens on'), []);
    assert.match(await page.locator('.bitlane-form').innerText(), /comes from the variable TOKENS/);
    await done();
    assert.equal(await property('commas', 'kinds'), 'message, join');
    assert.equal(await property('commas', 'passTokens'), '${TOKENS}');

    await open('commas');
    await page.getByRole('checkbox', { name: 'The bot joins a chat' }).uncheck();
    await done();
    assert.deepEqual(await property('commas', 'kinds'), ['message']);
    assert.equal(await property('commas', 'passTokens'), '${TOKENS}');
  });

  it('begins with the usual ones where the setting is missing', async () => {
    await open('calls');
    assert.deepEqual(await ticked('Directions'), [
      'outgoing',
      'incoming',
      'incoming, redirected',
      'callback',
    ]);
    for (const box of await page.getByRole('group', { name: 'Directions' }).getByRole('checkbox').all())
      await box.uncheck();
    assert.equal(await page.locator('#node-input-directions.input-error').count(), 1);
    await page.getByRole('checkbox', { name: 'robot' }).check();
    assert.equal(await page.locator('#node-input-directions.input-error').count(), 0);
    await done();
    assert.deepEqual(await property('calls', 'directions'), ['robot']);
  });

  it('has a calendar beside it where a date is asked for, and a reason while there is none', async () => {
    await open('calls');
    const from = page.locator('#node-input-from');
    const described = (): Promise<string> =>
      from.evaluate((field) =>
        (field.getAttribute('aria-describedby') ?? '')
          .split(' ')
          .map((id) => document.getElementById(id)?.textContent ?? '')
          .join(''),
      );
    assert.equal(await described(), '');
    await from.fill('yesterday');
    assert.match(await described(), /^Write a date such as 2026-03-01/);
    await from.fill('2026-03-02');
    assert.equal(await described(), '');
    await page.getByRole('button', { name: 'Calls from Choose a day' }).click();
    const calendar = page.locator('.bitlane-form input[type="date"]');
    assert.equal(await calendar.inputValue(), '2026-03-02');
    await calendar.fill('2026-04-05');
    await calendar.blur();
    await calendar.waitFor({ state: 'detached' });
    assert.equal(await from.inputValue(), '2026-04-05');
    await done();
    assert.equal(await property('calls', 'from'), '2026-04-05');
    assert.deepEqual(editor.complaints, []);
  });
});
