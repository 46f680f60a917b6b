import type { Page } from 'playwright-core';

export interface CheckAnswer {
  text: string;
  /** Shown as a failure. */
  isNo: boolean;
}

/** The dialog of a config node with a Check connection button. */
export interface CheckDialog {
  fill(field: string, text: string): Promise<void>;
  value(field: string): Promise<string>;
  /** Presses the button and waits until it has its answer. */
  check(): Promise<CheckAnswer>;
  /** The dialog as a person sees it, in a file. */
  takePicture(path: string): Promise<void>;
  /** Keeps what was changed. */
  done(): Promise<void>;
  cancel(): Promise<void>;
}

const tray = '.red-ui-tray';
const button = '.bitlane-check button';
const answer = '.bitlane-check [role="status"]';

/** `id` is `_ADD_` for a new node. */
export async function openCheckDialog(page: Page, type: string, id: string): Promise<CheckDialog> {
  const fieldOf = (name: string): string => `#node-config-input-${name}`;
  const isGone = (): Promise<unknown> => page.waitForFunction(`document.querySelector('${tray}') === null`);

  await page.evaluate(`RED.editor.editConfig('', '${type}', '${id}')`);
  // A tray that still slides in ignores clicks.
  await page.waitForFunction(`(() => {
    const open = document.querySelector('${tray}');
    return open !== null && getComputedStyle(open).right === '0px';
  })()`);

  return {
    fill: (field, text) => page.locator(fieldOf(field)).fill(text),
    value: (field) => page.locator(fieldOf(field)).inputValue(),
    async check() {
      await page.locator(button).click();
      // It cannot be pressed while it asks.
      await page.waitForFunction(`!document.querySelector('${button}').disabled`);
      const text = await page.locator(answer).innerText();
      const isNo = await page.evaluate<boolean>(`document.querySelector('${answer}').style.color !== ''`);
      return { text, isNo };
    },
    async takePicture(path) {
      await page.screenshot({ path });
    },
    async done() {
      await page.locator('#node-config-dialog-ok').click();
      await isGone();
    },
    async cancel() {
      await page.locator('#node-config-dialog-cancel').click();
      await isGone();
    },
  };
}
