import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { entriesAt, textAt } from '../../lib/core/fields';
import { readJson, registeredNodes, root, shippedFlows } from '../../scripts/pack.cjs';
import * as editor from './support/editor';
import { artefacts, kindNamed } from './support/matrix';
import { startPanelHouse, type PanelHouse } from './support/panel-house';

const folder = join(artefacts, 'done');

/** A node of each type as the shipped flows set it up: the one with the most settings. */
const samples = samplesOf(shippedFlows().flatMap((file) => entriesAt(readJson(join(root, 'flows', file)))));

describe('a dialog that is opened and closed with Done', function () {
  let browser: Browser;

  before(async () => {
    await mkdir(folder, { recursive: true });
    browser = await editor.launchBrowser();
  });
  after(() => browser.close());

  for (const [name, theme] of [
    ['node-red-4.1-node-20', 'light'],
    ['node-red-5-node-24', 'dark'],
  ] as const) {
    it(`changes nothing in a node of any type, on ${name}`, async () => {
      const house = await startPanelHouse(kindNamed(name), { folder });
      try {
        await deployAll(house);
        const { page, complaints, close } = await editor.openEditor(browser, house.url, {
          language: 'en-US',
          theme,
        });
        for (const [type, id] of samples) {
          const before = await propertiesOf(page, id);
          await openAndPressDone(page, type, id);
          assert.deepEqual(withoutNew(await propertiesOf(page, id), before), before, `${type} ${id}`);
        }
        assert.deepEqual(complaints, []);
        await close();
      } finally {
        await house.stop();
      }
    });
  }
});

function samplesOf(nodes: readonly unknown[]): Map<string, string> {
  const chosen = new Map<string, { id: string; size: number }>();
  for (const node of nodes) {
    const type = textAt(node, 'type') ?? '';
    const size = JSON.stringify(node).length;
    if (registeredNodes().some((each) => each.type === type) && size > (chosen.get(type)?.size ?? 0)) {
      chosen.set(type, { id: textAt(node, 'id') ?? '', size });
    }
  }
  return new Map([...chosen].map(([type, { id }]) => [type, id]));
}

/** Settings that the flow's node did not have are filled in by its dialog with what holds without them. */
function withoutNew(after: object, before: object): object {
  return Object.fromEntries(Object.entries(after).filter(([key]) => Object.hasOwn(before, key)));
}

/** Every shipped flow at once; they share their config nodes. */
async function deployAll({ url }: PanelHouse): Promise<void> {
  const nodes = new Map<string, unknown>();
  for (const file of shippedFlows()) {
    for (const node of entriesAt(readJson(join(root, 'flows', file))))
      nodes.set(textAt(node, 'id') ?? '', node);
  }
  const answer = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'node-red-deployment-type': 'full' },
    body: JSON.stringify([...nodes.values()]),
  });
  assert.equal(answer.status, 204);
}

/** What the editor would deploy of a node. */
function propertiesOf(page: Page, id: string): Promise<object> {
  return page.evaluate<object>(`(() => {
    const node = RED.nodes.node('${id}');
    const names = Object.keys(node._def.defaults).filter((name) => node[name] !== undefined);
    return JSON.parse(JSON.stringify(Object.fromEntries(names.map((name) => [name, node[name]]))));
  })()`);
}

async function openAndPressDone(page: Page, type: string, id: string): Promise<void> {
  const isConfig = await page.evaluate<boolean>(`RED.nodes.node('${id}')._def.category === 'config'`);
  const open = isConfig ? `editConfig('', '${type}', '${id}')` : `edit(RED.nodes.node('${id}'))`;
  await page.evaluate(`RED.editor.${open}`);
  await page.waitForFunction(`(() => {
    const tray = document.querySelector('.red-ui-tray');
    return tray !== null && getComputedStyle(tray).right === '0px';
  })()`);
  await page.locator(isConfig ? '#node-config-dialog-ok' : '#node-dialog-ok').click();
  await page.waitForFunction(`document.querySelector('.red-ui-tray') === null`);
}
