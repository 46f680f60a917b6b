import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { at, entriesAt } from '../../lib/core/fields';
import { startPortal, type Bot, type Chat, type Portal } from '../../sandbox/bitrix24';
import { startDify, type Dify } from '../../sandbox/dify';
import { startTypebot, type Typebot } from '../../sandbox/typebot';
import * as editor from './support/editor';
import { artefacts, kindNamed, type RuntimeKind } from './support/matrix';
import { packedTarball } from './support/pack';
import { installPack, startNodeRed, type NodeRed } from './support/runtime';
import { filesWithSecrets } from './support/secrets';
import { waitUntil } from './support/wait-until';

const pictures = join(artefacts, 'connector');
const example = ['@bitlane/node-red-bitrix24', 'BitBot', '4 BitBot connector'];
const botToken = 'bot-token-that-nobody-may-see';
/** Of a full screen, without the bars at the sides of the editor. */
const screen = { width: 1600, height: 900 };
const widest = 1540;
const codes = ['helper', 'worker', 'guide'];

const kinds: { kind: RuntimeKind; theme: editor.Look['theme'] }[] = [
  { kind: kindNamed('node-red-4.1-node-20'), theme: 'light' },
  { kind: kindNamed('node-red-5-node-24'), theme: 'dark' },
];

describe('the connector flow, imported into an empty Node-RED', function () {
  let browser: Browser;
  let dify: Dify;
  let typebot: Typebot;

  before(async () => {
    await mkdir(pictures, { recursive: true });
    browser = await editor.launchBrowser();
    dify = await startDify();
    typebot = await startTypebot();
  });
  after(async () => {
    await browser.close();
    await typebot.stop();
    await dify.stop();
  });

  for (const { kind, theme } of kinds) {
    describe(kind.name, () => {
      const logFile = join(pictures, `${kind.name}.log`);
      /** The last one first. */
      const endings: (() => Promise<void>)[] = [];
      let userFolder: string;
      let nodeRed: NodeRed;
      let portal: Portal;
      let open: editor.Editor;

      before(async () => {
        portal = await startPortal({ plan: 'enterprise', lines: [{ id: 3, botLeft: 'close' }] });
        endings.push(() => portal.stop());
        userFolder = await mkdtemp(join(tmpdir(), 'bitlane-connector-'));
        endings.push(() => rm(userFolder, { recursive: true, force: true }));
        await installPack(kind, await packedTarball(), userFolder);
        const environment = {
          BITRIX_WEBHOOK_URL: portal.webhookUrl,
          BITRIX_BOT_TOKEN: botToken,
          DIFY_BASE_URL: dify.baseUrl,
          DIFY_API_KEY: dify.app('chatflow').key,
          DIFY_WORKFLOW_API_KEY: dify.app('workflow').key,
          TYPEBOT_START_URL: typebot.publicUrl('sandbox-bot'),
        };
        nodeRed = await startNodeRed(kind, { userFolder, logFile, adminRoot: '/', environment });
        endings.push(() => nodeRed.stop());
        open = await editor.openEditor(browser, nodeRed.url, { language: 'en-US', theme });
        endings.push(() => open.close());
      });
      after(async () => {
        for (const end of endings.reverse()) await end();
      });
      afterEach(async function () {
        if (this.currentTest?.state !== 'failed') return;
        await open.page.screenshot({ path: join(pictures, `${kind.name}-failure.png`) });
      });

      const botOf = (code: string): Bot =>
        [...portal.state.bots.values()].find((bot) => bot.code === code) ?? assert.fail(`no bot ${code}`);
      const dialogWith = (code: string): Chat => portal.openChannel({ bots: [botOf(code)] });
      const answersIn = (chat: Chat): string[] =>
        portal
          .messages(chat)
          .filter(({ author, reachesClient }) => author === 'bot' && reachesClient)
          .map(({ text }) => text);

      async function converse(chat: Chat, said: string, expected: RegExp): Promise<void> {
        const before = answersIn(chat).length;
        const { status } = await portal.clientSays(chat, said);
        assert.equal(status, 200);
        await waitUntil(`${String(expected)} after "${said}"`, () =>
          answersIn(chat)
            .slice(before)
            .some((text) => expected.test(text)),
        );
      }

      it('is there after the import dialog, with nothing to mend', async () => {
        assert.deepEqual(await editor.listNodes(open.page), []);
        await editor.importExample(open.page, example);
        const nodes = await editor.listNodes(open.page);
        assert.deepEqual(
          nodes.filter(({ type, valid }) => type === 'unknown' || !valid),
          [],
        );
        await editor.showLastFlow(open.page);
      });

      it('can be read: nothing overlaps, no wire runs through a node, nothing is cut', async () => {
        await clearView(open.page);
        await open.page.screenshot({ path: join(pictures, `${kind.name}-imported.png`) });
        const { nodes, wires, room } = await readDrawing(open.page);
        assert.ok(nodes.length > 10);
        const overlaps = nodes.flatMap((one, place) =>
          nodes
            .slice(place + 1)
            .flatMap((other) => (overlap(one, other) ? [`${one.name} / ${other.name}`] : [])),
        );
        assert.deepEqual(overlaps, []);
        const crossed = nodes.flatMap((node) =>
          wires.filter((wire) => wire.some((point) => isInside(point, node))).map(() => node.name),
        );
        assert.deepEqual(crossed, []);
        const drawn = [...nodes.flatMap(cornersOf), ...wires.flat()];
        assert.deepEqual(
          drawn.filter(([x, y]) => x < 0 || y < 0 || x > room.width || y > room.height),
          [],
        );
      });

      it('registers its bots when Deploy is pressed', async () => {
        assert.equal((await editor.deploy(open.page)).trim(), editor.deployed);
        const url = `${nodeRed.url}/bitrix24/events`;
        const isThere = (code: string): boolean =>
          [...portal.state.bots.values()].some((bot) => bot.code === code && bot.handlerUrls.includes(url));
        await waitUntil('the three bots', () => codes.every(isThere));
        await waitUntil('the command', () => portal.state.commands.size > 0);
        await noNotices(open.page);
        await open.page.screenshot({ path: join(pictures, `${kind.name}-deployed.png`) });
      });

      it('answers by the chatflow, the workflow and the Typebot', async () => {
        await Promise.all([
          converse(dialogWith('helper'), 'Good morning', /You said: \[b\]Good morning/),
          converse(dialogWith('worker'), 'Make a report', /\[b\]workflow\[\/b\] has run/),
          converse(dialogWith('guide'), 'Hello', /What brings you here/),
        ]);
      });

      it('brings a person at a word, and the bot back at another', async () => {
        const chat = dialogWith('helper');
        await converse(chat, 'operator', /One moment please, a colleague will answer you\./);
        await waitUntil('an operator', () => typeof chat.openLine?.session?.operator === 'number');
        await portal.clientSays(chat, 'Where is my order?');
        await waitUntil('the bot to leave it alone', () => isIdle(nodeRed.url));
        await converse(chat, 'bot', /You said: \[b\]bot\[\/b\]/);
        assert.ok(!answersIn(chat).some((text) => text.includes('Where is my order')));
        await waitUntil('the flow to end', () => isIdle(nodeRed.url));
        await open.page.screenshot({ path: join(pictures, `${kind.name}-after.png`) });
      });

      it('leaves no complaint in the editor, no error in the log and no secret in a file', async () => {
        assert.deepEqual(open.complaints, []);
        assert.doesNotMatch(await readFile(logFile, 'utf8'), /\[(?:error|warn)\] \[|Error:/);
        const secrets = [botToken, portal.state.webhook.secret, dify.app('chatflow').key];
        assert.deepEqual(await filesWithSecrets(userFolder, secrets), []);
        assert.deepEqual(await filesWithSecrets(pictures, secrets), []);
      });
    });
  }
});

type Point = readonly [x: number, y: number];

interface DrawnNode {
  name: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The canvas from its upper left corner on, with nothing beside it. */
async function clearView(page: Page): Promise<void> {
  await page.setViewportSize(screen);
  await page.evaluate(`(() => {
    for (const part of ['sidebar', 'palette']) RED.actions.invoke('core:toggle-' + part, false);
    document.querySelector('#red-ui-workspace-chart').scrollTo(0, 0);
  })()`);
  await page.waitForFunction(`document.querySelector('#red-ui-workspace-chart').clientWidth > ${widest}`);
  await noNotices(page);
}

async function noNotices(page: Page): Promise<void> {
  await page.locator('.red-ui-notification').waitFor({ state: 'detached' });
}

/** What is on the canvas, in its own measure, and how much room a person sees of it. */
function readDrawing(
  page: Page,
): Promise<{ nodes: DrawnNode[]; wires: Point[][]; room: { width: number; height: number } }> {
  return page.evaluate(`(() => {
    const nodes = [];
    RED.nodes.eachNode((node) => {
      if (node.z !== RED.workspaces.active()) return;
      nodes.push({
        name: node.name,
        left: node.x - node.w / 2, right: node.x + node.w / 2,
        top: node.y - node.h / 2, bottom: node.y + node.h / 2,
      });
    });
    const wires = [...document.querySelectorAll('path.red-ui-flow-link-line')].map((path) => {
      const length = path.getTotalLength();
      const places = Array.from({ length: 101 }, (_, place) => path.getPointAtLength((length * place) / 100));
      return places.map(({ x, y }) => [x, y]);
    });
    const chart = document.querySelector('#red-ui-workspace-chart');
    return { nodes, wires, room: { width: chart.clientWidth, height: chart.clientHeight } };
  })()`);
}

function cornersOf({ left, top, right, bottom }: DrawnNode): Point[] {
  return [
    [left, top],
    [right, bottom],
  ];
}

function overlap(one: DrawnNode, other: DrawnNode): boolean {
  const isBeside = one.right <= other.left || other.right <= one.left;
  return !isBeside && one.top < other.bottom && other.top < one.bottom;
}

/** A wire begins and ends at the edge of a node. */
function isInside([x, y]: Point, { left, top, right, bottom }: DrawnNode): boolean {
  return x > left + 2 && x < right - 2 && y > top && y < bottom;
}

/** No event waits, and no flow runs. */
async function isIdle(url: string): Promise<boolean> {
  const panel: unknown = await (await fetch(`${url}/bitlane/panel`)).json();
  return entriesAt(panel, 'readers').every(
    (reader) => at(reader, 'waiting') === 0 && at(reader, 'running') === 0,
  );
}
