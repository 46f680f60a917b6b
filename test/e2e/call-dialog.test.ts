import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { root } from '../../scripts/pack.cjs';
import { launchBrowser } from './support/editor';

const vendor = createRequire(__filename).resolve('@node-red/editor-client/public/vendor/vendor.js');
const dialog = readFileSync(join(root, 'nodes/voximplant-calls/voximplant-calls.html'), 'utf8');

describe('the dialog of voximplant-calls', function () {
  let browser: Browser;
  let page: Page;

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  afterEach(() => page.close());

  /** As the editor would show it for a new node: filled in, then prepared. */
  async function open(): Promise<void> {
    page = await browser.newPage();
    await page.setContent('<body></body>');
    await page.addScriptTag({ path: vendor });
    await page.evaluate((html) => {
      const parts = new DOMParser().parseFromString(html, 'text/html').querySelectorAll('script');
      const [definition, template] = [...parts].map((part) => part.innerHTML);
      document.body.innerHTML = template ?? '';
      // The editor puts the texts in; without any, nothing has a size.
      document.querySelector('#voximplant-calls-missed')?.append('A hint');
      for (const details of document.querySelectorAll('details')) details.open = true;
      const kept: { oneditprepare?: () => void } = {};
      const nodes = {
        registerType(_type: string, given: object) {
          Object.assign(kept, given);
        },
      };
      Object.assign(window, { RED: { nodes } });
      for (const id of ['onlySuccessful', 'withRecord'])
        document.querySelector(`#node-input-${id}`)?.setAttribute('checked', '');
      document.querySelector('#node-input-minSeconds')?.setAttribute('value', '30');
      const script = document.createElement('script');
      script.textContent = definition ?? '';
      document.head.append(script);
      kept.oneditprepare?.();
    }, dialog);
  }

  const isHintShown = (): Promise<boolean> => page.locator('#voximplant-calls-missed').isVisible();

  it('says why unticking "took place" alone brings no missed call, until the rest is set too', async () => {
    await open();
    assert.equal(await isHintShown(), false);
    await page.locator('#node-input-onlySuccessful').uncheck();
    assert.equal(await isHintShown(), true);
    await page.locator('#node-input-minSeconds').fill('0');
    assert.equal(await isHintShown(), true);
    await page.locator('#node-input-withRecord').uncheck();
    assert.equal(await isHintShown(), false);
    // Empty stands for the default.
    await page.locator('#node-input-minSeconds').fill('');
    assert.equal(await isHintShown(), true);
    await page.locator('#node-input-onlySuccessful').check();
    assert.equal(await isHintShown(), false);
  });
});
