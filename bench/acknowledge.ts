/**
 * How long Bitrix24 waits for its 200, and how many events a second are taken, with each event on disk before the answer;
 * beside the same Node-RED answering the same bodies with `http in` and `http response`, which keep nothing.
 *
 *   npm run build && npx tsx bench/acknowledge.ts
 */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { startPortal, type Portal } from '../sandbox/bitrix24';
import { botFlow, botNode, portalNode } from '../test/integration/bitrix24-nodes/flow-parts';
import { createNodeRedProcess } from '../test/faults/node-red-process';

const events = Number(process.env.EVENTS ?? 4000);
const rounds = 3;
const onCanvas = { z: 'tab', x: 100, y: 100 };

interface Form {
  body: string;
  headers: Record<string, string>;
}

interface Figures {
  perSecond: number;
  median: number;
  p99: number;
}

async function main(): Promise<void> {
  const portal = await startPortal({ limits: 'off' });
  const nodeRed = await createNodeRedProcess({});
  try {
    await nodeRed.start();
    await nodeRed.deploy([
      ...botFlow(portalNode(portal), botNode(nodeRed.url), { func: 'return null;' }),
      { id: 'plain', ...onCanvas, type: 'http in', url: '/plain', method: 'post', wires: [['ok']] },
      { id: 'ok', ...onCanvas, type: 'http response', statusCode: '200', wires: [] },
    ]);
    while (portal.state.bots.size === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const atOnce of [1, 50]) {
      const best = { plain: [] as Figures[], kept: [] as Figures[] };
      for (let round = 0; round < rounds; round += 1) {
        const forms = await compose(portal);
        best.plain.push(await post(`${nodeRed.url}/plain`, forms, atOnce));
        best.kept.push(await post(`${nodeRed.url}/bitrix24/events`, forms, atOnce));
      }
      report(atOnce, middle(best.plain), middle(best.kept));
    }
  } finally {
    await nodeRed.remove();
    await portal.stop();
  }
}

async function compose(portal: Portal): Promise<Form[]> {
  const [bot] = portal.state.bots.values();
  assert.ok(bot);
  const chats = Array.from({ length: 100 }, () => portal.openChannel({ bots: [bot] }));
  const forms: Form[] = [];
  for (let number = 0; number < events; number += 1) {
    const chat = chats[number % chats.length];
    assert.ok(chat);
    const { deliveries } = await portal.clientSays(chat, { text: `message ${number}`, hold: true });
    forms.push(portal.wireForm(deliveries[0] ?? assert.fail('nothing to send')));
  }
  return forms;
}

async function post(url: string, forms: readonly Form[], atOnce: number): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const times: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  const send = async (): Promise<void> => {
    for (let form = forms[next++]; form !== undefined; form = forms[next++]) {
      const from = performance.now();
      assert.equal(await postOne(url, form, agent), 200);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  times.sort((left, right) => left - right);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { perSecond: times.length / seconds, median: at(0.5), p99: at(0.99) };
}

function postOne(url: string, { body, headers }: Form, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body));
    const sent = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'Content-Length': length } },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** The round in the middle: the machine does other things as well. */
function middle(figures: readonly Figures[]): Figures {
  const sorted = [...figures].sort((left, right) => left.perSecond - right.perSecond);
  return sorted[Math.floor(sorted.length / 2)] ?? assert.fail('no rounds');
}

function report(atOnce: number, plain: Figures, kept: Figures): void {
  const line = (name: string, { perSecond, median, p99 }: Figures): string =>
    `  ${name.padEnd(28)} ${perSecond.toFixed(0).padStart(6)}/s   median ${median.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms`;
  console.log(`${events} events, ${atOnce} at once`);
  console.log(line('http in, nothing kept', plain));
  console.log(line('bitrix-in, on disk first', kept));
  console.log(
    `  ratio ${(kept.perSecond / plain.perSecond).toFixed(2)} of the throughput, ${(kept.median / plain.median).toFixed(1)} x the median\n`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
