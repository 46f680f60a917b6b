import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import * as editor from '../../e2e/support/editor';
import { createNodeRedProcess, type NodeRedProcess } from '../../faults/node-red-process';

const packName = '@bitlane/node-red-bitrix24';
const callSync = '1 Call sync';
const resultsBack = '5 Results back to CRM';

interface Links {
  /** The ids at the other ends. */
  readonly out: readonly string[];
  readonly in: readonly string[];
  readonly outId: string;
  readonly inId: string;
}

describe('both flows imported in the editor', function () {
  this.timeout(120_000);
  let red: NodeRedProcess;
  let browser: Browser;

  beforeEach(async () => {
    browser = await editor.launchBrowser();
    red = await createNodeRedProcess({});
    await red.start();
  });
  afterEach(async () => {
    await browser.close();
    await red.remove();
  });

  for (const order of [
    [callSync, resultsBack],
    [resultsBack, callSync],
  ] as const) {
    it(`are joined, ${order[0]} first`, async () => {
      const { page, complaints, close } = await editor.openEditor(browser, red.url, {
        language: 'en-US',
        theme: 'light',
      });
      for (const file of order) await editor.importExample(page, [packName, 'SpeechSense', file]);
      const links = await linksIn(page);
      // The editor writes it down at one end; for the runtime that is enough.
      const ends = [...links.out, ...links.in];
      assert.equal(ends.length, 1);
      assert.ok(links.out.includes(links.inId) || links.in.includes(links.outId), JSON.stringify(links));
      // The list of packs is on the internet, which a test may not reach.
      assert.deepEqual(
        complaints.filter((complaint) => !complaint.includes('catalogue.nodered.org')),
        [],
      );
      await close();
    });
  }
});

function linksIn(page: Page): Promise<Links> {
  return page.evaluate<Links>(`(() => {
    const found = {};
    RED.nodes.eachNode(({ id, type, links }) => {
      if (type === 'link out') Object.assign(found, { out: links, outId: id });
      if (type === 'link in') Object.assign(found, { in: links, inId: id });
    });
    return found;
  })()`);
}
