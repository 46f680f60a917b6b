import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { patienceMs } from '../../support/patience';

/** The dialog of a new bot. Whatever it shows is waited for, and a test that waits in vain says what was there. */
export interface BotDialog {
  choosePortal(): Promise<void>;
  fill(field: string, text: string): Promise<void>;
  /** Goes into a field by the mouse. */
  enter(selector: string): Promise<void>;
  press(...keys: string[]): Promise<void>;
  /** By the mouse, from what is offered. */
  choose(offer: string): Promise<void>;
  /** Adds a row to the table of commands, and says how to find its word. */
  addCommand(): Promise<string>;
  /** Opens or closes a part of the dialog. */
  toggle(part: 'commands' | 'lines'): Promise<void>;
  shows: {
    offers(texts: readonly string[]): Promise<void>;
    value(selector: string, value: string): Promise<void>;
    /** What the suggestions of a field were last looked up for. */
    lookedUp(selector: string, text: string): Promise<void>;
    text(selector: string, pattern: RegExp): Promise<void>;
    tick(selector: string): Promise<void>;
    nothingOf(selector: string): Promise<void>;
  };
  cancel(): Promise<void>;
}

export const fieldOf = (name: string): string => `#node-config-input-${name}`;
const tray = '.red-ui-tray';
const offered = `[...document.querySelectorAll('.bitlane-suggestions li')].filter((item) => item.checkVisibility())`;

export async function openBotDialog(page: Page): Promise<BotDialog> {
  const until = async (condition: string, seen: string, expected: unknown): Promise<void> => {
    try {
      await page.waitForFunction(condition, undefined, { timeout: patienceMs });
    } catch {
      assert.deepEqual(await page.evaluate<unknown>(seen), expected);
      throw new Error(`never was: ${condition}`);
    }
  };
  const is = (seen: string, expected: unknown): Promise<void> =>
    until(`JSON.stringify(${seen}) === ${JSON.stringify(JSON.stringify(expected))}`, seen, expected);
  const find = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})`;

  await page.evaluate(`RED.editor.editConfig('', 'bitrix-bot', '_ADD_')`);
  await is(`${find(tray)} && getComputedStyle(${find(tray)}).right`, '0px');
  let rows = 0;

  return {
    async choosePortal() {
      const ids = await page
        .locator(`${fieldOf('portal')} option`)
        .evaluateAll((options) => options.map((option) => option.getAttribute('value') ?? ''));
      const id = ids.find((one) => one !== '' && one !== '_ADD_');
      assert.ok(id, 'there is no portal to choose');
      await page.locator(fieldOf('portal')).selectOption(id);
    },
    fill: (field, text) => page.locator(fieldOf(field)).fill(text),
    enter: (selector) => page.locator(selector).click(),
    async press(...keys) {
      for (const key of keys) await page.keyboard.press(key);
    },
    choose: (offer) => page.locator('.bitlane-suggestions li').getByText(offer, { exact: true }).click(),
    async addCommand() {
      rows += 1;
      await page.locator(`${tray} .red-ui-editableList-addButton`).click();
      return `${tray} .red-ui-editableList-list > li:nth-child(${rows}) .bitlane-name`;
    },
    toggle: (part) =>
      page
        .locator(`${part === 'lines' ? '.bitlane-lines' : 'details:has(.bitlane-commands)'} > summary`)
        .click(),
    shows: {
      offers: (texts) => is(`${offered}.map((item) => item.innerText.trim())`, texts),
      value: (selector, value) => is(`${find(selector)}.value`, value),
      lookedUp: (selector, text) => is(`$(${find(selector)}).autocomplete('instance').term`, text),
      text: (selector, pattern) =>
        until(`${String(pattern)}.test(${find(selector)}.innerText)`, `${find(selector)}.innerText`, pattern),
      tick: (selector) => is(`${find(selector)}.checked`, true),
      nothingOf: (selector) => is(`${find(selector)}.checkVisibility()`, false),
    },
    async cancel() {
      await page.locator('#node-config-dialog-cancel').click();
      await is(`${find(tray)} === null`, true);
      // What hangs on the page rather than on the dialog has to go with it.
      await is(`document.querySelectorAll('.bitlane-suggestions').length`, 0);
    },
  };
}
