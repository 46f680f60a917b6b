import assert from 'node:assert/strict';
import { chromium, type Browser, type ConsoleMessage, type Locator, type Page } from 'playwright-core';
import { patienceMs } from '../../support/patience';
import type { Theme } from './matrix';

interface EditorNode {
  id: string;
  type: string;
  valid: boolean;
}

// What the editor offers to its own plug-ins; used inside the page only.
declare const RED: {
  actions: { invoke(action: string): void };
  editor: { edit(node: EditorNode): void; editConfig(property: string, type: string, id: string): void };
  nodes: {
    add(node: EditorNode): void;
    getWorkspaceOrder(): string[];
  };
  workspaces: { show(id: string): void };
  view: { createNode(type: string, x: number, y: number): { node: EditorNode }; redraw(all: boolean): void };
};

export interface Look {
  language: 'en-US' | 'ru';
  theme: Theme;
}

export interface NodeType {
  type: string;
  isConfig: boolean;
}

export interface OpenDialog {
  text: string;
  help: string;
  /** Property lines of the help without their look: the editor's Markdown takes no colon in a property's text. */
  brokenHelpLines: string[];
}

export interface Editor {
  page: Page;
  /** Page errors, failed requests and console errors so far. */
  complaints: string[];
  close(): Promise<void>;
}

/** Chromium without anything that would call home. */
export async function launchBrowser(): Promise<Browser> {
  const { findChromium } = await import('../../../scripts/system-packages.mjs');
  const executablePath = findChromium();
  assert.ok(executablePath, 'no Chromium: `npm run test:e2e` installs it or says how to');
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', ...quiet];
  return chromium.launch({ executablePath, args });
}

function describeConsole(message: ConsoleMessage): string {
  return `${message.type()}: ${message.text()} (${message.location().url})`;
}

/** Opens the editor as a person with this language and theme would see it. */
export async function openEditor(browser: Browser, url: string, look: Look): Promise<Editor> {
  const context = await browser.newContext({
    locale: look.language,
    colorScheme: look.theme,
    viewport: { width: 1400, height: 900 },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`page error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(describeConsole(message));
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} for ${response.url()}`);
  });
  // Node-RED 5 is light until its user lets it follow the system.
  await page.addInitScript("localStorage.setItem('view-dark-theme', 'auto')");
  // Node-RED's tips begin a second after it has read this, whether it has made the place for them by then or not.
  const newUser = { editor: { view: { 'view-show-tips': false } } };
  await page.route('**/settings/user', (route) =>
    route.request().method() === 'GET' ? route.fulfill({ json: newUser }) : route.fallback(),
  );
  await page.goto(url, { waitUntil: 'commit' });
  await waitInPage(
    page,
    `exists('#red-ui-palette .red-ui-palette-node') && !shown('#red-ui-loading-progress')`,
  );
  // A click while a list slides open may hit another row.
  await page.evaluate('jQuery.fx.off = true');
  return { page, complaints, close: () => context.close() };
}

/** Waits on a condition, asked at every frame: a locator's own waiting slows down to twice a second. */
async function waitInPage(page: Page, condition: string): Promise<void> {
  await page.waitForFunction(
    `(() => {
    const find = (selector) => document.querySelector(selector);
    const exists = (selector) => find(selector) !== null;
    const shown = (selector) => exists(selector) && find(selector).checkVisibility();
    return ${condition};
  })()`,
    undefined,
    { timeout: patienceMs },
  );
}

/** What the palette shows for a type. */
export interface PaletteEntry {
  label: string;
  /** Where the icon comes from: for a missing one the editor takes a picture of its own. */
  iconSource: string;
  /** 0 when the picture does not load. */
  iconWidth: number;
}

export async function readPaletteEntry(page: Page, type: string): Promise<PaletteEntry> {
  const entry = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  await entry.scrollIntoViewIfNeeded();
  const style = (await entry.locator('.red-ui-palette-icon').getAttribute('style')) ?? '';
  const iconSource = /url\(["']?([^"')]+)/.exec(style)?.[1] ?? '';
  const iconWidth = await page.evaluate<number>(`new Promise((resolve) => {
    const picture = new Image();
    picture.onload = () => resolve(picture.naturalWidth);
    picture.onerror = () => resolve(0);
    picture.src = ${JSON.stringify(iconSource)};
  })`);
  return { label: await entry.innerText(), iconSource, iconWidth };
}

/** Everything that a person can read in an element, with placeholders, tooltips and options. */
async function readTexts(element: Locator): Promise<string> {
  const attributes = element.locator('[placeholder], [title]');
  const hidden = await attributes.evaluateAll((found) =>
    found.flatMap((each) => [each.getAttribute('placeholder') ?? '', each.getAttribute('title') ?? '']),
  );
  const options = await element.locator('option').allTextContents();
  return [await element.innerText(), ...hidden, ...options].join('\n');
}

/** Opens a fresh node's dialog and its help, takes a picture of both and cancels. */
export async function visitDialog(
  page: Page,
  { type, isConfig }: NodeType,
  picture: string,
): Promise<OpenDialog> {
  if (isConfig) await page.evaluate((wanted) => RED.editor.editConfig('', wanted, '_ADD_'), type);
  else await page.evaluate(dropAndEdit, type);
  // A tray that still slides in ignores clicks.
  await waitInPage(page, `exists('.red-ui-tray') && getComputedStyle(find('.red-ui-tray')).right === '0px'`);
  const tray = page.locator('.red-ui-tray');
  await tray.locator('.red-ui-tray-footer-left button:has(.fa-book)').click();
  const helpText = '.red-ui-sidebar-help-stack .red-ui-help .red-ui-text-bidi-aware';
  await waitInPage(page, `shown('${helpText}')`);
  const help = page.locator(helpText).last();
  const seen = {
    text: await readTexts(tray),
    help: await help.innerText(),
    brokenHelpLines: await help.locator('dt:not(.message-properties *)').allInnerTexts(),
  };
  await page.screenshot({ path: picture });
  await tray.locator(isConfig ? '#node-config-dialog-cancel' : '#node-dialog-cancel').click();
  await waitInPage(page, `!exists('.red-ui-tray')`);
  return seen;
}

function dropAndEdit(type: string): void {
  const { node } = RED.view.createNode(type, 200, 200);
  RED.nodes.add(node);
  RED.view.redraw(true);
  RED.editor.edit(node);
}

/**
 * Imports one shipped flow through Import > Examples; `steps` are the module, the folders and the file name. When
 * config nodes of it are there already, the answer is the one of the guides: keep those, and add the others.
 */
export async function importExample(page: Page, steps: string[]): Promise<void> {
  const before = (await listNodes(page)).length;
  await page.evaluate(() => RED.actions.invoke('core:show-examples-import-dialog'));
  const labels = '#red-ui-clipboard-dialog-import-tab-examples .red-ui-treeList-label-text';
  for (const step of steps) {
    const isStep = `(label) => label.checkVisibility() && label.textContent === ${JSON.stringify(step)}`;
    await waitInPage(page, `[...document.querySelectorAll('${labels}')].some(${isStep})`);
    await page.locator(`${labels}:visible`).getByText(step, { exact: true }).click();
  }
  const ok = page.locator('#red-ui-clipboard-dialog-ok');
  await ok.click();
  await waitInPage(page, `!shown('#red-ui-clipboard-dialog')`);
  // Shipped flows share their config nodes. The editor asks what to do with those that are there already.
  const question = `[...document.querySelectorAll('.red-ui-notification button')].some(({ textContent }) => textContent === 'View nodes...')`;
  const count = `(() => { let all = 0; const one = () => { all += 1; }; RED.nodes.eachNode(one); RED.nodes.eachConfig(one); return all; })()`;
  await waitInPage(page, `${question} || ${count} > ${before}`);
  if (!(await page.evaluate<boolean>(question))) return;
  await page.locator('.red-ui-notification button').getByText('View nodes...').click();
  await page.locator('#red-ui-clipboard-dialog-import-conflict').click();
  await waitInPage(page, `!shown('#red-ui-clipboard-dialog') && ${count} > ${before}`);
}

/** The nodes in the editor. Written as text, since the loader of the tests adds its own names to inner functions. */
export function listNodes(page: Page): Promise<EditorNode[]> {
  return page.evaluate<EditorNode[]>(`(() => {
    const nodes = [];
    const note = ({ id, type, valid }) => { nodes.push({ id, type, valid }); };
    RED.nodes.eachNode(note);
    RED.nodes.eachConfig(note);
    return nodes;
  })()`);
}

export const deployed = 'Successfully deployed';

/** Presses Deploy; resolves to what the editor says about it: success, failure, or its question about faulty nodes. */
export async function deploy(page: Page): Promise<string> {
  await page.locator('#red-ui-header-button-deploy').click();
  const notices = `[...document.querySelectorAll('.red-ui-notification')].map((notice) => notice.innerText)`;
  await waitInPage(page, `${notices}.some((text) => /deploy/i.test(text))`);
  const texts = await page.locator('.red-ui-notification').allInnerTexts();
  if (texts.some((text) => text.includes(deployed))) await waitInPage(page, `!shown('#red-ui-header-shade')`);
  return texts.filter((text) => /deploy/i.test(text)).join('\n');
}

/** Shows the flow that was imported last, as its picture should. */
export async function showLastFlow(page: Page): Promise<void> {
  // Asked again each time: the tab comes a moment after the question about the config nodes is answered.
  const show = `RED.workspaces.show(RED.nodes.getWorkspaceOrder().at(-1) ?? '')`;
  await waitInPage(page, `(${show}, shown('.red-ui-flow-node'))`);
}
