import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import * as editor from '../../e2e/support/editor';
import { createNodeRedProcess, type NodeRedProcess } from '../../faults/node-red-process';

const packName = '@bitlane/node-red-bitrix24';
const callSync = '1 Call sync';
const resultsBack = '5 Results back to CRM';
/** Brings config nodes that both have, so that Node-RED asks what to do with them. */
const before = '2 Open Channel chats';

interface Links {
  /** The ids at the other ends. */
  readonly out: readonly string[];
  readonly in: readonly string[];
  readonly outId: string;
  readonly inId: string;
}

describe('both flows imported in the editor', function () {
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
    [before, callSync, resultsBack],
  ] as const) {
    it(`are joined, ${order[0]} first`, async () => {
      const { page, complaints, close } = await editor.openEditor(browser, red.url, {
        language: 'en-US',
        theme: 'light',
      });
      for (const file of order) await editor.importExample(page, [packName, 'SpeechSense', file]);
      const links = await linksIn(page);
      // One end that knows the other is enough for the runtime.
      assert.ok(links.out.includes(links.inId) || links.in.includes(links.outId), JSON.stringify(links));
      assert.ok(links.out.every((id) => id === links.inId) && links.in.every((id) => id === links.outId));
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
    RED.nodes.eachNode(({ id, name, links }) => {
      if (name === 'to flow 5') Object.assign(found, { out: links, outId: id });
      if (name === 'from 1 Call sync') Object.assign(found, { in: links, inId: id });
    });
    return found;
  })()`);
}
