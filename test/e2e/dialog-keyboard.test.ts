import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { registeredNodes } from '../../scripts/pack.cjs';
import { launchBrowser, openEditor, type Editor, type NodeType } from './support/editor';
import { createNpmStart, type NpmStart, type PrintingProgram } from './support/npm-start';
import { packedTarball } from './support/pack';

/** More than any dialog has, so that a focus that goes in a circle ends. */
const mostTabs = 400;
const form = '.red-ui-tray .bitlane-form';

describe('the dialogs with the keyboard alone', function () {
  let browser: Browser;
  let npm: NpmStart;
  let sandbox: PrintingProgram;

  before(async () => {
    // Makes sure that dist/ is built.
    await packedTarball();
    browser = await launchBrowser();
    npm = await createNpmStart();
    sandbox = await npm.start();
  });
  after(async () => {
    await sandbox.stop();
    await npm.remove();
    await browser.close();
  });

  for (const language of ['en-US', 'ru'] as const) {
    describe(`in ${language}`, () => {
      let editor: Editor;
      before(async () => {
        editor = await openEditor(browser, sandbox.address('editor'), { language, theme: 'light' });
      });
      after(() => editor.close());

      for (const nodeType of registeredNodes()) {
        it(`${nodeType.type} shows all its folds at once, and Tab reaches whatever is in them, each with a name`, async () => {
          const { page } = editor;
          await open(page, nodeType);
          // Tables have something to walk through.
          await page.evaluate(`$('${form} .red-ui-editableList-addButton').trigger('click')`);
          assert.equal(
            await page.evaluate<boolean>(isFirstScreenEnough),
            true,
            'the first screen is too long',
          );
          assert.deepEqual(await walk(page), []);
          assert.deepEqual(await unnamed(page), []);
          await cancel(page, nodeType);
        });
      }
    });
  }

  it('make a config node by the plus beside the choice', async () => {
    const editor = await openEditor(browser, sandbox.address('editor'), {
      language: 'en-US',
      theme: 'light',
    });
    const { page } = editor;
    await open(page, { type: 'bitrix-in', isConfig: false });
    await page.locator('#node-input-btn-portal-add').focus();
    await page.keyboard.press('Enter');
    await page.locator('#node-config-input-webhookUrl').waitFor();
    await editor.close();
  });
});

async function open(page: Page, { type, isConfig }: NodeType): Promise<void> {
  await page.evaluate(
    isConfig
      ? `RED.editor.editConfig('', '${type}', '_ADD_')`
      : `(() => {
          const { node } = RED.view.createNode('${type}', 200, 200);
          RED.nodes.add(node);
          RED.editor.edit(node);
        })()`,
  );
  // A tray that still slides in takes no focus.
  await page.waitForFunction(
    `(() => { const tray = document.querySelector('.red-ui-tray'); return tray && getComputedStyle(tray).right === '0px'; })()`,
  );
}

async function cancel(page: Page, { isConfig }: NodeType): Promise<void> {
  await page.locator(isConfig ? '#node-config-dialog-cancel' : '#node-dialog-cancel').click();
  await page.waitForFunction(`document.querySelector('.red-ui-tray') === null`);
}

/** Rows, hints and folds end above the lower edge of the window, so that nobody has to scroll. */
const isFirstScreenEnough = `(() => {
  const body = document.querySelector('.red-ui-tray-body').getBoundingClientRect();
  const parts = [...document.querySelector('${form}').children].filter((part) => part.checkVisibility());
  return Math.max(...parts.map((part) => part.getBoundingClientRect().bottom)) <= body.bottom;
})()`;

/** Goes through the form with Tab, opens each fold with Enter, and gives what the focus has not come to. */
async function walk(page: Page): Promise<string[]> {
  await page.evaluate(`(() => {
    const form = document.querySelector('${form}');
    window.reached = new Set();
    form.addEventListener('focusin', ({ target }) => window.reached.add(target));
    document.querySelector('[id$="input-name"]').focus();
  })()`);
  for (let tabs = 0; tabs < mostTabs; tabs += 1) {
    const at = await page.evaluate<string>(`(() => {
      const at = document.activeElement;
      if (!at.closest('${form}')) return 'outside';
      return at.tagName === 'SUMMARY' && !at.parentElement.open ? 'fold' : 'field';
    })()`);
    if (at === 'outside') break;
    if (at === 'fold') {
      await page.keyboard.press('Enter');
      await page.waitForFunction('document.activeElement.parentElement.open');
    }
    await page.keyboard.press('Tab');
  }
  return page.evaluate<string[]>(`(() => {
    const controls = 'input, select, textarea, button:not(:disabled), a.red-ui-button, summary';
    return [...document.querySelector('${form}').querySelectorAll(controls)]
      .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !window.reached.has(each))
      .map((each) => each.id || each.outerHTML.slice(0, 120));
  })()`);
}

/** The controls that a screen reader has no name for. */
async function unnamed(page: Page): Promise<string[]> {
  const tree = await page.locator(form).ariaSnapshot();
  const control = /^\s*- (?:textbox|button|combobox|checkbox|listbox|link|spinbutton|searchbox)\b(.*)$/;
  const controls = tree.split('\n').flatMap((line) => control.exec(line) ?? []);
  assert.ok(controls.length > 0);
  return tree.split('\n').filter((line) => {
    const rest = control.exec(line)?.[1];
    // A name of private letters alone is an icon.
    return rest !== undefined && !/^ "[^"]*[\p{L}\p{N}][^"]*"/u.test(rest);
  });
}
