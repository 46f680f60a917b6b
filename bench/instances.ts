/**
 * How many events a second one, two and three Node-RED on one Redis get through, from the first post to the last flow,
 * for a bot that is done at once and one that takes 200 ms; beside a single Node-RED with its store on its own disk.
 * Nothing is sent to the portal: how much it takes is its own limit and that of no instance.
 *
 *   npm run build && npx tsx bench/instances.ts
 */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { openHouse, type House } from '../test/faults/instances/house';
import { startRedis, type RedisServer } from '../test/support/redis';

const rounds = Number(process.env.ROUNDS ?? 3);
const events = Number(process.env.EVENTS ?? 2000);
const dialogs = 300;
const postsAtOnce = 100;
const bots = [
  { name: 'is done at once', word: 'quick' },
  { name: 'takes 200 ms', word: 'slow' },
] as const;

type Word = (typeof bots)[number]['word'];

interface Setup {
  name: string;
  house: House;
  figures: Record<Word, number[]>;
}

const func = [
  'const end = () => { node.log(`through: ${msg.payload}`); node.done(); };',
  "if (msg.payload.startsWith('slow')) setTimeout(end, 200); else end();",
  'return null;',
].join('\n');

async function main(): Promise<void> {
  const servers: RedisServer[] = [];
  const setups: Setup[] = [];
  const add = async (name: string, instances: number, redisUrl?: string): Promise<void> => {
    const house = await openHouse({ instances, func, ...(redisUrl !== undefined && { redisUrl }) });
    setups.push({ name, house, figures: { quick: [], slow: [] } });
  };
  try {
    await add('1, store on its disk', 1);
    for (const instances of [1, 2, 3]) {
      const server = await startRedis({ args: ['--appendonly', 'yes'] });
      servers.push(server);
      await add(`${instances} on Redis`, instances, server.url);
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const { word } of bots) {
        for (const { house, figures } of setups) figures[word].push(await measure(house, word, round));
      }
    }
    report(setups);
  } finally {
    await Promise.all(setups.map(({ house }) => house.stop()));
    await Promise.all(servers.map((server) => server.stop()));
  }
}

interface Form {
  body: string;
  headers: Record<string, string>;
}

async function measure(house: House, word: Word, round: number): Promise<number> {
  const forms = await compose(house, `${word} ${round}`);
  const from = house.instances.map((instance) => instance.log().length);
  const startedAt = performance.now();
  await post(house, forms);
  while (through(house, from) < forms.length) {
    assert.ok(performance.now() - startedAt < 5 * 60_000, 'some events never came through');
    await pause(20);
  }
  return (forms.length * 1000) / (performance.now() - startedAt);
}

async function compose({ portal, bot }: House, text: string): Promise<Form[]> {
  const chats = Array.from({ length: dialogs }, () => portal.openChannel({ bots: [bot] }));
  const forms: Form[] = [];
  for (let number = 0; number < events; number += 1) {
    const chat = chats[number % dialogs] ?? assert.fail();
    const { deliveries } = await portal.clientSays(chat, { text: `${text} ${number}`, hold: true });
    forms.push(portal.wireForm(deliveries[0] ?? assert.fail('nothing to send')));
  }
  return forms;
}

/** To the instances in turn, as a balancer would, without one that has to be paid for. */
async function post({ instances }: House, forms: readonly Form[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: postsAtOnce });
  let next = 0;
  const send = async (): Promise<void> => {
    for (let place = next++; place < forms.length; place = next++) {
      const url = instances[place % instances.length]?.url ?? '';
      const form = forms[place] ?? assert.fail();
      const postBy = (way: Agent | false): Promise<number> => postOne(`${url}/bitrix24/events`, form, way);
      // An open connection may be closed by the other end just when it is used again; the event is the same.
      assert.equal(await postBy(agent).catch(() => postBy(false)), 200);
    }
  };
  await Promise.all(Array.from({ length: postsAtOnce }, send));
  agent.destroy();
}

function postOne(url: string, { body, headers }: Form, agent: Agent | false): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body));
    const options = { method: 'POST', agent, headers: { ...headers, 'Content-Length': length } };
    const sent = request(url, options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function through({ instances }: House, from: readonly number[]): number {
  const counts = instances.map(
    (instance, place) => instance.log().slice(from[place]).split('through: ').length - 1,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The round in the middle: the machine does other things as well. */
function middle(figures: readonly number[]): number {
  const sorted = [...figures].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function report(setups: readonly Setup[]): void {
  console.log(`${events} events in ${dialogs} dialogs, the middle of ${rounds} rounds, ratio to 1 on Redis`);
  for (const { name, word } of bots) {
    const one = middle(setups.find((setup) => setup.name === '1 on Redis')?.figures[word] ?? []);
    console.log(`  a bot that ${name}`);
    for (const { name: setup, figures } of setups) {
      const rate = middle(figures[word]);
      console.log(`    ${setup.padEnd(22)} ${rate.toFixed(0).padStart(6)}/s  ${(rate / one).toFixed(2)}`);
    }
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
