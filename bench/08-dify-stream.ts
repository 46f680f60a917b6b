/**
 * A chat answer of 20 000 events through the Dify client over loopback HTTP, its progress told as the nodes do it, one
 * write an event as Dify does it; beside `JSON.parse` of the very same events, which is the least of what has to be done.
 * The events have the fields of Dify's own, some 310 bytes each; shorter ones would leave JSON.parse less to do, and the ratio higher. All that the reader's process does is charged to the
 * client: sockets, HTTP, decoding, and the thread that collects garbage. For comparison, without a goal: the least that a program
 * by hand can do with such a stream, which is axios, eventsource-parser and JSON.parse. Memory must not grow with the
 * stream: an answer ten times as long, of which only the first 20 000 events are text.
 *
 * Server and reader are processes of their own.
 *
 *   npx tsx bench/08-dify-stream.ts
 */
import { join } from 'node:path';
import { startChild, type Child } from './support/child';
import { answer, atMost, interleaved, median, type Row } from './support/question';

const events = 20_000;
const longer = 10;
const rounds = 5;
const file = join(__dirname, 'support/dify-ends.ts');

/** What a reader tells. */
interface Spent {
  /** Microseconds of processor time an event. */
  readonly cpu: number;
  /** Megabytes that the process grew by. */
  readonly grown: number;
}

async function measure(): Promise<Row[]> {
  const [server, client, hand] = [await startChild(file), await startChild(file), await startChild(file)];
  try {
    const origin = String(await server.ask({ kind: 'listen' }));
    const spent = async (child: Child, order: object): Promise<Spent> => (await child.ask(order)) as Spent;
    const ways = {
      client: () => spent(client, { kind: 'client', origin, events }),
      parse: () => spent(client, { kind: 'parse' }),
      byHand: () => spent(hand, { kind: 'byHand', origin, events }),
    };
    // The first rounds are those of the compiler.
    await interleaved(2, ways);
    const figures = await interleaved(rounds, ways);
    const long = await spent(client, { kind: 'client', origin, events: events * longer });
    return rows(figures, long);
  } finally {
    for (const child of [server, client, hand]) await child.stop();
  }
}

function rows({ client, parse, byHand }: Record<'client' | 'parse' | 'byHand', Spent[]>, long: Spent): Row[] {
  const cpu = (spent: readonly Spent[]): number => median(spent.map((one) => one.cpu));
  const shown = (micros: number): string => `${micros.toFixed(2)} us`;
  const row = (what: string, ours: number, beside: number): Row => ({
    ...{ what, ours: shown(ours), value: ours / beside, unit: ' x' },
    beside: shown(beside),
  });
  return [
    { ...row('processor time an event, beside JSON.parse', cpu(client), cpu(parse)), goal: atMost(6) },
    row('beside axios, eventsource-parser and JSON.parse by hand', cpu(client), cpu(byHand)),
    {
      what: `memory grown by during ${events * longer} events`,
      ours: `${long.grown.toFixed(0)} MB`,
      beside: `${client.length} streams before it`,
      value: long.grown,
      unit: ' MB',
    },
  ];
}

answer(8, 'A stream of Dify, cost of an event', measure);
