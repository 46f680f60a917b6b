import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { openCheckDialog } from './support/check-dialog';
import { launchBrowser, openEditor, type Editor } from './support/editor';
import { createNpmStart, type NpmStart, type PrintingProgram } from './support/npm-start';
import { packedTarball } from './support/pack';

describe('the label of a node without a name, on the canvas', function () {
  let browser: Browser;
  let npm: NpmStart;
  let sandbox: PrintingProgram;
  let editor: Editor;

  before(async () => {
    // Makes sure that dist/ is built.
    await packedTarball();
    browser = await launchBrowser();
    npm = await createNpmStart();
    sandbox = await npm.start();
    editor = await openEditor(browser, sandbox.address('editor'), { language: 'en-US', theme: 'light' });
  });
  after(async () => {
    await editor.close();
    await sandbox.stop();
    await npm.remove();
    await browser.close();
  });

  it('follows the name of its bot, and that of its portal', async () => {
    const { page } = editor;
    const ids = await page.evaluate<{ node: string; bot: string; portal: string; name: string }>(`(() => {
      const node = RED.nodes.filterNodes({ type: 'bitrix-in' }).find(({ bot }) => bot);
      node.name = '';
      node.dirty = true;
      RED.workspaces.show(node.z);
      RED.view.redraw(true);
      return { node: node.id, bot: node.bot, portal: node.portal, name: RED.nodes.node(node.bot).name };
    })()`);
    const waitFor = (label: string): Promise<unknown> =>
      page.waitForFunction(
        `document.getElementById('${ids.node}')?.querySelector('.red-ui-flow-node-label')?.textContent === '${label}'`,
      );
    await waitFor(`messages for ${ids.name}`);

    const bot = await openCheckDialog(page, 'bitrix-bot', ids.bot);
    await bot.fill('name', 'Reception');
    await bot.done();
    await waitFor('messages for Reception');

    await page.evaluate(`RED.nodes.node('${ids.node}').bot = ''`);
    const portal = await openCheckDialog(page, 'bitrix-portal', ids.portal);
    await portal.fill('name', 'Head office');
    await portal.done();
    await waitFor('messages for every bot of Head office');
    assert.deepEqual(
      editor.complaints.filter((complaint) => complaint.startsWith('page error')),
      [],
    );
  });
});
