import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { startPortal, type Portal } from '../../sandbox/bitrix24';
import { speechSenseEnvironment } from '../../sandbox/environment';
import { createGate, startSpeechSense, type Gate, type SpeechSense } from '../../sandbox/speechsense';
import * as editor from './support/editor';
import { artefacts, kindNamed, type RuntimeKind } from './support/matrix';
import { packedTarball } from './support/pack';
import { installPack, startNodeRed, type NodeRed } from './support/runtime';
import { filesWithSecrets } from './support/secrets';
import { waitUntil } from './support/wait-until';

const pictures = join(artefacts, 'call-sync');
const example = ['@bitlane/node-red-bitrix24', 'SpeechSense', '1 Call sync'];
const wantedCalls = 30;

/** Of the node's status, in the language of the runtime. */
const progress = /\d+ of \d+, 4 in flight/;

const kinds: { kind: RuntimeKind; look: editor.Look }[] = [
  { kind: kindNamed('node-red-4.1-node-20'), look: { language: 'en-US', theme: 'light' } },
  { kind: kindNamed('node-red-5-node-24'), look: { language: 'ru', theme: 'dark' } },
];

describe('the call sync, imported into an empty Node-RED', function () {
  let browser: Browser;

  before(async () => {
    await mkdir(pictures, { recursive: true });
    browser = await editor.launchBrowser();
  });
  after(() => browser.close());

  for (const { kind, look } of kinds) {
    describe(kind.name, () => {
      const logFile = join(pictures, `${kind.name}.log`);
      /** The last one first. */
      const endings: (() => Promise<void>)[] = [];
      let userFolder: string;
      let nodeRed: NodeRed;
      let portal: Portal;
      let service: SpeechSense;
      let open: editor.Editor;
      let hold: Gate;

      before(async () => {
        portal = await startPortal({ plan: 'enterprise' });
        endings.push(() => portal.stop());
        service = await startSpeechSense();
        endings.push(() => service.stop());
        for (let call = 0; call < wantedCalls; call += 1) portal.telephony.addCall({ duration: 31 });
        portal.telephony.addCall({ duration: 5 });
        userFolder = await mkdtemp(join(tmpdir(), 'bitlane-calls-'));
        endings.push(() => rm(userFolder, { recursive: true, force: true }));
        await installPack(kind, await packedTarball(), userFolder);
        const environment = {
          ...speechSenseEnvironment(service),
          BITRIX_WEBHOOK_URL: portal.webhookUrl,
          SYNC_FROM_DATE: new Date(Date.now() - 7 * 24 * 60 * 60_000).toISOString().slice(0, 10),
        };
        nodeRed = await startNodeRed(kind, { userFolder, logFile, adminRoot: '/', environment });
        endings.push(() => nodeRed.stop());
        open = await editor.openEditor(browser, nodeRed.url, look);
        endings.push(() => open.close());
      });
      after(async () => {
        for (const end of endings.reverse()) await end();
      });
      afterEach(async function () {
        if (this.currentTest?.state !== 'failed') return;
        await open.page.screenshot({ path: join(pictures, `${kind.name}-failure.png`) });
      });

      const takePicture = (name: string): Promise<unknown> =>
        open.page.screenshot({ path: join(pictures, `${kind.name}-${name}.png`) });
      const status = async (): Promise<string> =>
        (await nodeNamed(open.page, 'calls of the portal'))
          .locator('.red-ui-flow-node-status-label')
          .innerHTML();

      it('is there after the import dialog, with nothing to mend', async () => {
        await editor.importExample(open.page, example);
        const nodes = await editor.listNodes(open.page);
        assert.deepEqual(
          nodes.filter(({ type, valid }) => type === 'unknown' || !valid),
          [],
        );
        await editor.showLastFlow(open.page);
        await takePicture('imported');
      });

      it('sends nothing before a person presses Start', async () => {
        await pressDeploy(open.page);
        await noNotices(open.page);
        assert.equal(service.talks.length, 0);
        await pressButton(open.page, 'count');
        await waitUntil('the count', async () =>
          (await (await nodeNamed(open.page, 'how it went')).innerHTML()).includes('30 to send'),
        );
        assert.equal(service.talks.length, 0);
      });

      it('shows how far it is, in its status and in the sidebar', async () => {
        hold = createGate();
        // Four are in the flow when the fifth and those beside it have to wait.
        const usual = Array.from({ length: 10 }, () => ({}));
        const held = Array.from({ length: 4 }, () => ({ keeps: true, hold }));
        service.script(...usual, ...held);
        await pressButton(open.page, 'start');
        await hold.arrived;
        await waitUntil('the status', async () => progress.test(await status()));
        await open.page.evaluate("RED.sidebar.show('bitlane')");
        const cursor = open.page.locator('.bitlane-panel').getByText('calls of the portal').first();
        await cursor.waitFor();
        await waitUntil('the progress in the sidebar', async () =>
          /\b1\d\b[^]*\b30\b/.test(await open.page.locator('.bitlane-panel').innerText()),
        );
        await cursor.scrollIntoViewIfNeeded();
        await noNotices(open.page);
        await takePicture('running');
        hold.open();
      });

      it('has sent each call once, and says so', async () => {
        await waitUntil('the talks', () => service.talks.length >= wantedCalls);
        await waitUntil('the status at the end', async () => /(?:^|\D)30(?:\D|$)/.test(await status()));
        const callIds = service.talks.map(({ fields }) => fields['call_id']);
        assert.deepEqual([callIds.length, new Set(callIds).size], [wantedCalls, wantedCalls]);
        await takePicture('done');
      });

      it('starts by the button of the node itself as well', async () => {
        portal.telephony.addCall({ duration: 31 });
        await pressButton(open.page, 'calls of the portal');
        await waitUntil('the last call', () => service.talks.length === wantedCalls + 1);
        await open.page.locator('.red-ui-notification').first().waitFor();
        await takePicture('button');
      });

      it('shows what failed, with its reason', async () => {
        portal.telephony.addCall({ duration: 31, record: { channels: 1 } });
        await noNotices(open.page);
        await open.page.evaluate("RED.sidebar.show('bitlane')");
        await pressButton(open.page, 'start');
        const panel = open.page.locator('.bitlane-panel');
        await waitUntil('the failed call', async () => (await panel.innerText()).includes('AUDIO_MONO'));
        await panel.getByText('AUDIO_MONO').first().scrollIntoViewIfNeeded();
        await takePicture('failed');
      });

      it('has a dialog with the usual things first', async () => {
        await (await nodeNamed(open.page, 'calls of the portal')).dblclick();
        const tray = open.page.locator('.red-ui-tray');
        await open.page.waitForFunction(
          `getComputedStyle(document.querySelector('.red-ui-tray')).right === '0px'`,
        );
        assert.equal(await tray.locator('#node-input-from').isVisible(), true);
        assert.equal(await tray.locator('#node-input-inFlight').isVisible(), false);
        await takePicture('dialog');
        for (const part of await tray.locator('details > summary').all()) await part.click();
        await tray.locator('#node-input-cursorName').scrollIntoViewIfNeeded();
        await takePicture('dialog-open');
        await tray.locator('#node-dialog-cancel').click();
        await tray.waitFor({ state: 'detached' });
      });

      it('leaves no complaint in the editor and no secret in a file', async () => {
        assert.deepEqual(open.complaints, []);
        const secrets = [portal.state.webhook.secret, service.apiKey];
        assert.doesNotMatch(await readFile(logFile, 'utf8'), /Error: |TypeError/);
        assert.deepEqual(await filesWithSecrets(userFolder, secrets), []);
        assert.deepEqual(await filesWithSecrets(pictures, secrets), []);
      });
    });
  }
});

async function pressDeploy(page: Page): Promise<void> {
  await page.locator('#red-ui-header-button-deploy').click();
  await page.locator('#red-ui-header-button-deploy.disabled').waitFor();
}

async function noNotices(page: Page): Promise<void> {
  await page.waitForFunction(`document.querySelectorAll('.red-ui-notification').length === 0`);
}

/** On the canvas; an import gives nodes new ids. */
async function nodeNamed(page: Page, name: string): Promise<Locator> {
  const id = await page.evaluate<string>(`(() => {
    let found = '';
    RED.nodes.eachNode((node) => { if (node.name === ${JSON.stringify(name)}) found = node.id; });
    return found;
  })()`);
  assert.notEqual(id, '', `no node is called ${name}`);
  return page.locator(`[id="${id}"]`);
}

async function pressButton(page: Page, name: string): Promise<void> {
  await (await nodeNamed(page, name)).locator('.red-ui-flow-node-button-button').click();
}
