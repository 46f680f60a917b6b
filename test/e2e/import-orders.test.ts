import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { entriesAt, textAt } from '../../lib/core/fields';
import { readJson, registeredNodes, root, shippedFlows } from '../../scripts/pack.cjs';
import { createNodeRedProcess, type NodeRedProcess } from '../faults/node-red-process';
import * as editor from './support/editor';

const packName = '@bitlane/node-red-bitrix24';
const configTypes = new Set(
  registeredNodes()
    .filter(({ isConfig }) => isConfig)
    .map(({ type }) => type),
);

const echo = ['BitBot', '0 Echo bot'];
const chatflow = ['BitBot', '1 Dify chatflow bot'];
const connector = ['BitBot', '4 BitBot connector'];
const callSync = ['SpeechSense', '1 Call sync'];
const resultsBack = ['SpeechSense', '5 Results back to CRM'];

/** The config nodes of the shipped files, by their ids there. */
function shippedConfigIds(flows: readonly string[][]): string[] {
  const wanted = shippedFlows().filter((file) =>
    flows.some((flow) => `${flow.join('/')}.json` === file.replaceAll('\\', '/')),
  );
  assert.equal(wanted.length, new Set(flows.map((flow) => flow.join('/'))).size);
  const nodes = wanted.flatMap((file) =>
    entriesAt({ flow: readJson(`${root}/flows/${file}`) }, 'flow').filter((node) =>
      configTypes.has(textAt(node, 'type') ?? ''),
    ),
  );
  return [...new Set(nodes.map((node) => textAt(node, 'id') ?? ''))].sort();
}

describe('flows of the pack imported one after the other', function () {
  let red: NodeRedProcess;
  let browser: Browser;

  before(async () => {
    browser = await editor.launchBrowser();
    red = await createNodeRedProcess({});
    await red.start();
  });
  after(async () => {
    await browser.close();
    await red.remove();
  });

  async function imported(order: readonly string[][]): Promise<editor.Editor> {
    const opened = await editor.openEditor(browser, red.url, { language: 'en-US', theme: 'light' });
    for (const flow of order) await editor.importExample(opened.page, [packName, ...flow]);
    return opened;
  }

  for (const order of [
    [echo, callSync, resultsBack],
    [callSync, resultsBack],
    [echo, resultsBack, callSync],
    [echo, chatflow, connector],
    [chatflow, connector],
    [chatflow, chatflow],
  ]) {
    it(`use the same config nodes: ${order.map((flow) => flow.at(-1)).join(', ')}`, async () => {
      const { page, close } = await imported(order);
      const configs = (await editor.listNodes(page)).filter(({ type }) => configTypes.has(type));
      assert.deepEqual(configs.map(({ id }) => id).sort(), shippedConfigIds(order));
      const tabs = await page.evaluate<number>(`RED.nodes.getWorkspaceOrder().length`);
      // The empty one of a new Node-RED is there as well.
      assert.equal(tabs, order.length + 1);
      await close();
    });
  }

  it('fit a screen of 1366 pixels beside palette and sidebar, and none of their nodes lies on another', async () => {
    const { page, close } = await imported([]);
    await page.setViewportSize({ width: 1366, height: 768 });
    for (const file of shippedFlows()) {
      const flow = file.replace(/\.json$/, '').split(/[\\/]/);
      await editor.importExample(page, [packName, ...flow]);
      await editor.showLastFlow(page);
      const { width, boxes } = await page.evaluate<Drawn>(drawnNow);
      assert.deepEqual(
        boxes.filter(({ left, right }) => left < 0 || right > width),
        [],
        `${file}, where ${width} pixels are seen`,
      );
      assert.deepEqual(boxes.filter((box) => !box.isGroup).flatMap(overlapsIn), [], file);
    }
    await close();
  });
});

interface Box {
  readonly id: string;
  readonly isGroup: boolean;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Drawn {
  readonly width: number;
  readonly boxes: readonly Box[];
}

/** A pair is told once, by its first. */
function overlapsIn(one: Box, place: number, all: readonly Box[]): string[] {
  const others = all.slice(place + 1);
  return others
    .filter((other) => one.left < other.right && other.left < one.right)
    .filter((other) => one.top < other.bottom && other.top < one.bottom)
    .map((other) => `${one.id} on ${other.id}`);
}

/** What the open flow takes, as the editor measures it. Text, since it is run by the page. */
const drawnNow = `(() => {
  const boxes = [];
  const here = ({ z }) => z === RED.workspaces.active();
  RED.nodes.eachNode((node) => {
    const { id, x, y, w, h } = node;
    if (here(node)) boxes.push({ id, isGroup: false, left: x - w / 2, right: x + w / 2, top: y - h / 2, bottom: y + h / 2 });
  });
  RED.nodes.eachGroup((group) => {
    const { id, x, y, w, h } = group;
    if (here(group)) boxes.push({ id, isGroup: true, left: x, right: x + w, top: y, bottom: y + h });
  });
  return { width: document.querySelector('#red-ui-workspace-chart').clientWidth, boxes };
})()`;
