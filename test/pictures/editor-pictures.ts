import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { entriesAt, textAt } from '../../lib/core/fields';
import { readJson, root, shippedFlows } from '../../scripts/pack.cjs';
import { openEditor } from '../e2e/support/editor';
import { take, type Frame, type Studio } from './studio';

const dialogs = [
  ...['bitrix-portal', 'bitrix-bot', 'dify-app', 'speechsense-connection', 'bitlane-store'],
  'voximplant-calls',
];
const flowNames = shippedFlows().map((file) => ({ file, name: `flow-${slugOf(file)}` }));
/** Room for the largest flow beside palette and sidebar, so that none has to be made smaller. */
const large = { width: 2800, height: 2000 };
const tall = { width: 1400, height: 1800 };
const sidebar = { width: 1400, height: 900 };
/** Below the form of a dialog. */
const footer = 60;

/** `BitBot/0 Echo bot.json` is `bitbot-0-echo-bot`. */
function slugOf(file: string): string {
  return file
    .replace(/\.json$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
}

/** Each shipped flow, the sidebar, and the dialogs that somebody fills in who has just begun. */
export async function takeEditorPictures(studio: Studio): Promise<void> {
  const { browser, language } = studio;
  const { page, close } = await openEditor(browser, studio.address('editor'), { language, theme: 'light' });
  await page.setViewportSize(large);
  for (const { file, name } of flowNames)
    if (studio.isWanted(name)) await takeFlow(studio, page, { file, name });
  await page.setViewportSize(sidebar);
  if (studio.isWanted('panel')) await takePanel(studio, page);
  await page.setViewportSize(tall);
  for (const type of dialogs) if (studio.isWanted(`dialog-${type}`)) await takeDialog(studio, page, type);
  await close();
}

async function takeFlow(studio: Studio, page: Page, flow: { file: string; name: string }): Promise<void> {
  const nodes = entriesAt({ flow: readJson(join(root, 'flows', flow.file)) }, 'flow');
  const tab =
    textAt(
      nodes.find((node) => textAt(node, 'type') === 'tab'),
      'id',
    ) ?? '';
  const shown = nodes.filter((node) => textAt(node, 'z') === tab && textAt(node, 'type') !== 'group').length;
  await page.evaluate(`RED.workspaces.show(${JSON.stringify(tab)})`);
  await page.waitForFunction(
    `RED.workspaces.active() === ${JSON.stringify(tab)} && document.querySelectorAll('${drawn}').length >= ${shown}`,
  );
  await take(studio, flow.name, page, await page.evaluate<Frame>(frameOfFlow));
}

const drawn = '#red-ui-workspace-chart .red-ui-flow-node-group';
/** What is drawn of the flow, with a margin, as far as it can be seen. Text, since it is run by the page. */
const frameOfFlow = `(() => {
  const chart = document.querySelector('#red-ui-workspace-chart').getBoundingClientRect();
  const parts = [...document.querySelectorAll('${drawn}, #red-ui-workspace-chart .red-ui-flow-group')]
    .map((part) => part.getBoundingClientRect())
    .filter(({ width, height }) => width > 0 && height > 0);
  const margin = 15;
  const left = Math.max(Math.min(...parts.map((part) => part.left)) - margin, chart.left);
  const top = Math.max(Math.min(...parts.map((part) => part.top)) - margin, chart.top);
  const right = Math.max(...parts.map((part) => part.right)) + margin;
  const bottom = Math.max(...parts.map((part) => part.bottom)) + margin;
  return { x: left, y: top, width: right - left, height: bottom - top };
})()`;

async function takePanel(studio: Studio, page: Page): Promise<void> {
  await page.evaluate("RED.sidebar.show('bitlane')");
  await page.locator('.bitlane-panel section').first().waitFor();
  await take(studio, 'panel', page.locator('#red-ui-sidebar'));
}

async function takeDialog(studio: Studio, page: Page, type: string): Promise<void> {
  await page.evaluate(`(() => {
    let found;
    const note = (node) => { if (node.type === ${JSON.stringify(type)}) found ??= node; };
    RED.nodes.eachConfig(note);
    if (found) return RED.editor.editConfig('', found.type, found.id);
    RED.nodes.eachNode(note);
    RED.workspaces.show(found.z);
    RED.editor.edit(found);
  })()`);
  const tray = page.locator('.red-ui-tray');
  await page.waitForFunction(
    `(() => { const tray = document.querySelector('.red-ui-tray'); return tray && getComputedStyle(tray).right === '0px'; })()`,
  );
  await fitTo(page);
  await take(studio, `dialog-${type}`, tray);
  await page.setViewportSize(tall);
  await page.evaluate("$('.red-ui-tray details:visible').prop('open', true)");
  await page.waitForFunction(
    `![...document.querySelectorAll('.red-ui-tray [role=status]')].some((each) => /^(?:Checking|Проверяем)…$/.test(each.textContent))`,
    undefined,
    // The calls that are being read at this time take their share of the portal's requests.
    { timeout: 120_000 },
  );
  await fitTo(page);
  await take(studio, `dialog-${type}-open`, tray);
  await page.setViewportSize(tall);
  await tray.locator('#node-config-dialog-cancel, #node-dialog-cancel').click();
  await tray.waitFor({ state: 'detached' });
}

/** Makes the window as high as what the dialog shows, and no higher. */
async function fitTo(page: Page): Promise<void> {
  const bottom = await page.evaluate<number>(`Math.max(
    ...$('.red-ui-tray').find('.form-row:visible, .form-tips:visible, summary:visible').toArray().map((each) => each.getBoundingClientRect().bottom),
  )`);
  await page.setViewportSize({ width: tall.width, height: Math.ceil(bottom) + footer });
}
