import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { at, entriesAt, keysAt } from '../../../lib/core/fields';
import { registeredNodes, shippedFlows } from '../../../scripts/pack.cjs';
import { fieldOf, openBotDialog } from './bot-dialog';
import { startEchoPortal, type EchoPortal } from './echo-portal';
import * as editor from './editor';
import { createInstallation, type Installation } from './installation';
import { kindNamed, type RuntimeKind } from './matrix';
import { notePack } from './pack-notes';
import { filesWithSecrets } from './secrets';
import { noteOutcome, writeTable } from './table';
import { untranslatedKeys } from './untranslated';

const packName = '@bitlane/node-red-bitrix24';
const echoFlow = ['BitBot', '0 Echo bot'];
const english: editor.Look = { language: 'en-US', theme: 'light' };

function looksOf({ themes }: RuntimeKind): editor.Look[] {
  const languages = ['en-US', 'ru'] as const;
  return languages.flatMap((language) => themes.map((theme) => ({ language, theme })));
}

function faultsOf({ text, help, brokenHelpLines }: editor.OpenDialog, { language }: editor.Look): string[] {
  const russian = /[а-я]{3}/i;
  const faults = untranslatedKeys(`${text}\n${help}`).map((key) => `the key ${key} has no text`);
  const rawMarkdown = help.split('\n').filter((line) => /`|^\s*: /.test(line));
  faults.push(...rawMarkdown.map((line) => `"${line}" in the help is Markdown that was not understood`));
  faults.push(...brokenHelpLines.map((line) => `"${line}" in the help is no property (a colon in a text?)`));
  if (language === 'ru' && !russian.test(text)) faults.push('no Russian dialog');
  if (language === 'ru' && !russian.test(help)) faults.push('no Russian help');
  return faults;
}

/** All that the pack promises on one runtime. Each has a file of its own, so that they run side by side. */
export function describeRuntime(name: string): void {
  const kind = kindNamed(name);
  describe(`the packed pack in a real Node-RED, ${kind.name}`, function () {
    let browser: Browser;
    before(async () => {
      browser = await editor.launchBrowser();
    });
    after(async () => {
      await browser.close();
      console.log(`\n${await writeTable(kind.name)}\n`);
    });
    let house: Installation;
    let portal: EchoPortal;

    before(async () => {
      portal = await startEchoPortal();
      house = await createInstallation(kind);
    });

    after(async () => {
      await house.remove();
      await portal.stop();
    });

    afterEach(function () {
      const test = this.currentTest;
      if (test) noteOutcome(kind.name, test.title, test.state === 'passed');
    });

    /** Does something in a fresh editor, and fails on whatever the page complained about meanwhile. */
    async function inEditor(look: editor.Look, work: (open: editor.Editor) => Promise<void>): Promise<void> {
      const open = await editor.openEditor(browser, house.url, look);
      try {
        await work(open);
        assert.deepEqual(open.complaints, []);
      } catch (error) {
        await open.page.screenshot({ path: join(house.pictures, 'failure.png') });
        throw error;
      } finally {
        await open.close();
      }
    }

    it("install by the palette's own command, every set loaded", async () => {
      const seconds = await house.install();
      await house.start('/', portal.environment);
      const answer = await fetch(`${house.url}/nodes`, { headers: { accept: 'application/json' } });
      const ours = entriesAt(await answer.json()).filter((set) => at(set, 'module') === packName);
      const types = registeredNodes().map(({ type }) => type);
      assert.deepEqual(ours.map((set) => at(set, 'name')).sort(), types.sort());
      const lame = ours.filter((set) => at(set, 'enabled') !== true || at(set, 'err') !== undefined);
      assert.deepEqual(lame, []);
      await notePack(kind.name, { installSeconds: Number(seconds.toFixed(1)) });
    });

    it('palette shows every node with its icon', async () => {
      const shown = registeredNodes().filter(({ isConfig }) => !isConfig);
      await inEditor(english, async ({ page }) => {
        for (const { type } of shown) {
          const { label, iconSource, iconWidth } = await editor.readPaletteEntry(page, type);
          assert.equal(iconSource, `icons/${packName}/${type}.svg`);
          assert.ok(iconWidth > 0, `the icon of ${type} does not load`);
          assert.deepEqual(untranslatedKeys(label), []);
        }
        await page.screenshot({ path: join(house.pictures, 'palette.png') });
      });
    });

    for (const look of looksOf(kind)) {
      it(`dialogs open with help, language ${look.language}, theme ${look.theme}`, async () => {
        await inEditor(look, async ({ page }) => {
          const faults: string[] = [];
          for (const nodeType of registeredNodes()) {
            const name = `dialog-${nodeType.type}-${look.language}-${look.theme}.png`;
            const seen = await editor.visitDialog(page, nodeType, join(house.pictures, name));
            faults.push(...faultsOf(seen, look).map((fault) => `${nodeType.type}: ${fault}`));
          }
          assert.deepEqual(faults, []);
        });
      });
    }

    it('import of every shipped flow, no type unknown', async () => {
      const examples = shippedFlows().map((file) => file.replace(/\.json$/, '').split('/'));
      assert.ok(examples.length > 0, 'the pack ships no example');
      await inEditor(english, async ({ page }) => {
        for (const example of examples) {
          await editor.importExample(page, [packName, ...example]);
          const unknown = (await editor.listNodes(page)).filter(({ type }) => type === 'unknown');
          assert.deepEqual(unknown, [], example.join(' / '));
          await editor.showLastFlow(page);
          await page.screenshot({ path: join(house.pictures, `flow-${example.join('-')}.png`) });
        }
      });
    });

    it('deploy of the imported echo flow', async () => {
      await inEditor(english, async ({ page }) => {
        await editor.importExample(page, [packName, ...echoFlow]);
        assert.equal((await editor.deploy(page)).trim(), editor.deployed);
        const invalid = (await editor.listNodes(page)).filter(({ valid }) => !valid);
        assert.deepEqual(invalid, []);
        await editor.showLastFlow(page);
        await page.screenshot({ path: join(house.pictures, 'deployed.png') });
      });
    });

    it('dialogs suggest what the portal has, and keep what is typed', async () => {
      await inEditor(english, async ({ page }) => {
        const dialog = await openBotDialog(page);
        const { shows } = dialog;
        await dialog.enter(fieldOf('code'));
        await shows.text('.bitlane-hint', /^No suggestions\. The portal is not deployed yet/);
        await page.screenshot({ path: join(house.pictures, 'suggestions-none.png') });
        await dialog.choosePortal();
        await dialog.fill('botToken', '${BITRIX_BOT_TOKEN}');
        await dialog.enter(fieldOf('code'));
        await shows.offers(['helper – Helper', 'clerk – Clerk']);
        await shows.nothingOf('.bitlane-hint');
        await page.screenshot({ path: join(house.pictures, 'suggestions-bot.png') });
        await dialog.press('c', 'l');
        // The first letter alone brings the same offer, and Escape gives back what was looked up last.
        await shows.lookedUp(fieldOf('code'), 'cl');
        await shows.offers(['clerk – Clerk']);
        await dialog.press('ArrowDown', 'Escape');
        await shows.offers([]);
        await shows.value(fieldOf('code'), 'cl');
        await dialog.press('ArrowDown', 'Tab', 'Shift+Tab');
        await shows.offers(['helper – Helper', 'clerk – Clerk']);
        await dialog.choose('clerk – Clerk');
        await shows.offers([]);
        await shows.value(fieldOf('code'), 'clerk');
        await shows.value(fieldOf('botName'), 'Clerk');
        await shows.value(fieldOf('botType'), 'bot');
        await shows.nothingOf('.bitlane-lines');

        await dialog.toggle('commands');
        await dialog.enter(await dialog.addCommand());
        await shows.offers(['/price – Price list']);
        await page.screenshot({ path: join(house.pictures, 'suggestions-command.png') });
        await dialog.choose('/price – Price list');
        await shows.value('.bitlane-name', 'price');
        await shows.tick('.bitlane-common');
        await dialog.enter(await dialog.addCommand());
        await shows.offers([]);
        await dialog.toggle('commands');

        await dialog.fill('code', 'helper');
        await page.evaluate(`$('${fieldOf('botType')}').val('openline').trigger('change')`);
        await dialog.toggle('lines');
        await shows.text(
          '.bitlane-lines',
          /Support \(line 3, this bot answers\)\s+Sales \(line 4, another bot answers\)\s+Helper meets/,
        );
        await page.screenshot({ path: join(house.pictures, 'suggestions-lines.png') });
        await dialog.cancel();
      });
    });

    it('message through the deployed flow, the editor at /', async () => {
      await portal.converse(house.url, 'Good morning');
    });

    it('message with the editor at /admin', async () => {
      await house.start('/admin', portal.environment);
      await portal.converse(house.url, 'Good afternoon');
    });

    it('message with no editor at all', async () => {
      await house.start(false, portal.environment);
      await portal.converse(house.url, 'Good evening');
    });

    it('message leaves no error in the logs', async () => {
      await house.stop();
      for (const log of await house.readLogs()) assert.doesNotMatch(log, /\[error\]|Error:/);
    });

    it('message leaves no secret in logs, flows or any other file', async () => {
      const credentials: unknown = JSON.parse(
        await readFile(join(house.userFolder, 'flows_cred.json'), 'utf8'),
      );
      assert.deepEqual(keysAt(credentials), ['$'], 'the credentials are not encrypted');
      const whereItIs = await filesWithSecrets(house.userFolder, ['bitlane-echo-reply']);
      assert.ok(whereItIs.includes('flows.json'), 'nothing is found, wherever it stands');
      assert.deepEqual(await filesWithSecrets(house.userFolder, portal.secrets), []);
      assert.deepEqual(await filesWithSecrets(house.pictures, portal.secrets), []);
    });
  });
}
