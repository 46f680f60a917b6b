/**
 * 5 000 events for a bot that never comes back: what the last of them wait for their 200, beside the first ones, and
 * what Node-RED holds in memory for them.
 *
 *   npm run build && npx tsx bench/backlog.ts
 */
import assert from 'node:assert/strict';
import { startPortal } from '../sandbox/bitrix24';
import { botFlow, botNode, portalNode } from '../test/integration/bitrix24-nodes/flow-parts';
import { createNodeRedProcess } from '../test/faults/node-red-process';

const events = 5000;
const dialogs = 500;
const sampled = 500;

async function main(): Promise<void> {
  const portal = await startPortal({ limits: 'off' });
  const nodeRed = await createNodeRedProcess({});
  try {
    await nodeRed.start();
    await nodeRed.deploy(
      botFlow(portalNode(portal), botNode(nodeRed.url), {
        func: 'setTimeout(() => node.done(), 1e9); return null;',
        reply: { typing: false },
      }),
    );
    while (portal.state.bots.size === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const [bot] = portal.state.bots.values();
    assert.ok(bot);
    const chats = Array.from({ length: dialogs }, () => portal.openChannel({ bots: [bot] }));
    const before = nodeRed.megabytes();
    const times: number[] = [];
    for (let number = 0; number < events; number += 1) {
      const chat = chats[number % dialogs];
      assert.ok(chat);
      const { deliveries } = await portal.clientSays(chat, { text: `message ${number}`, hold: true });
      const { body, headers } = portal.wireForm(deliveries[0] ?? assert.fail('nothing to send'));
      const from = performance.now();
      const { status } = await portal.sendRaw(`${nodeRed.url}/bitrix24/events`, body, headers);
      times.push(performance.now() - from);
      assert.equal(status, 200);
    }
    const waiting = await nodeRed.metric('bitlane_events_waiting');
    const first = figuresOf(times.slice(0, sampled));
    const last = figuresOf(times.slice(-sampled));
    console.log(`${events} events in ${dialogs} dialogs, ${waiting} waiting at the end`);
    console.log(
      `  200 for the first ${sampled}: median ${first.median.toFixed(2)} ms, p99 ${first.p99.toFixed(2)} ms`,
    );
    console.log(
      `  200 for the last ${sampled}:  median ${last.median.toFixed(2)} ms, p99 ${last.p99.toFixed(2)} ms`,
    );
    console.log(`  ratio of the medians ${(last.median / first.median).toFixed(2)}`);
    console.log(`  memory ${before} MB before, ${nodeRed.megabytes()} MB after`);
  } finally {
    await nodeRed.remove();
    await portal.stop();
  }
}

function figuresOf(times: readonly number[]): { median: number; p99: number } {
  const sorted = [...times].sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { median: at(0.5), p99: at(0.99) };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
