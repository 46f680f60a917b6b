/**
 * What flows that do not use the pack lose by its being installed: messages a second through a ring of Node-RED's own
 * nodes, beside a Node-RED without the pack. One percent is less than two processes of the same program differ by, so
 * several pairs of processes are started, each runs short heats in turn, and the medians are of the ratios of two heats
 * that followed one another. The ring keeps one thread busy, so its messages a second are counted by the processor time of
 * that thread: what others do on the machine meanwhile does not count.
 *
 *   npm run build && npx tsx bench/15-other-flows.ts
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createNodeRedProcess, type NodeRedProcess } from '../test/faults/node-red-process';
import { answer, atLeast, median, shortly, type Row } from './support/question';

const pairs = Number(process.env.PAIRS ?? 5);
const heats = Number(process.env.HEATS ?? 14);
/** A heat takes some 60 ms. */
const rounds = 2500;
const messagesInRound = 3;
/** Until the compiler has seen it all. */
const warmingHeats = 5;

const onCanvas = { z: 'tab', x: 100, y: 100 };
const ring = [
  { id: 'tab', type: 'tab', label: 'others' },
  { id: 'in', ...onCanvas, type: 'http in', url: '/heat', method: 'get', wires: [['begin']] },
  code('begin', 'msg.left = Number(msg.payload.rounds); return msg;', ['set']),
  {
    ...{ id: 'set', ...onCanvas, type: 'change', wires: [['look']] },
    rules: [{ t: 'set', p: 'topic', pt: 'msg', to: 'round', tot: 'str' }],
  },
  {
    ...{ id: 'look', ...onCanvas, type: 'switch', property: 'left', propertyType: 'msg', checkall: 'false' },
    rules: [{ t: 'gt', v: '0', vt: 'num' }, { t: 'else' }],
    wires: [['round'], ['end']],
  },
  code('round', 'msg.left -= 1; return msg;', ['set']),
  code('end', "msg.payload = 'through'; return msg;", ['out']),
  { id: 'out', ...onCanvas, type: 'http response', statusCode: '200', wires: [] },
];

function code(id: string, func: string, wires: string[]): object {
  return { id, ...onCanvas, type: 'function', func, outputs: 1, wires: [wires] };
}

interface Heat {
  without: number;
  installed: number;
}

async function measure(): Promise<Row[]> {
  const all: Heat[] = [];
  const ofPairs: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const ran = await runPair(pair);
    all.push(...ran);
    ofPairs.push(median(ran.map(ratio)));
  }
  const shown = (figures: readonly number[]): string => `${median(figures).toFixed(0)} messages/s`;
  return [
    {
      what: 'messages/s with the pack installed',
      ours: shown(all.map(({ installed }) => installed)),
      beside: `${shown(all.map(({ without }) => without))} without`,
      value: median(all.map(ratio)),
      goal: atLeast(0.99),
    },
    {
      what: 'the same, by pairs of processes',
      ours: `${shortly(Math.min(...ofPairs))} to ${shortly(Math.max(...ofPairs))}`,
      beside: `${pairs} pairs`,
      value: median(ofPairs),
    },
  ];
}

const ratio = ({ without, installed }: Heat): number => installed / without;

async function runPair(pair: number): Promise<Heat[]> {
  const [without, installed] = await Promise.all([startRing(false), startRing(true)]);
  try {
    const ran: Heat[] = [];
    for (let heat = -warmingHeats; heat < heats; heat += 1) {
      const figures = await inTurn(without, installed, (heat + pair) % 2 === 0);
      if (heat >= 0) ran.push(figures);
    }
    return ran;
  } finally {
    await without.remove();
    await installed.remove();
  }
}

/** Whoever comes second has it no better in the long run. */
async function inTurn(
  without: NodeRedProcess,
  installed: NodeRedProcess,
  isWithoutFirst: boolean,
): Promise<Heat> {
  if (isWithoutFirst) return { without: await runHeat(without), installed: await runHeat(installed) };
  const first = await runHeat(installed);
  return { without: await runHeat(without), installed: first };
}

async function startRing(hasPack: boolean): Promise<NodeRedProcess> {
  const nodeRed = await createNodeRedProcess({}, { hasPack });
  await nodeRed.start();
  await nodeRed.deploy(ring);
  while (!(await goRound(nodeRed, 1))) await pause(10);
  return nodeRed;
}

async function runHeat(nodeRed: NodeRedProcess): Promise<number> {
  const before = mainThreadSeconds(nodeRed.pid());
  assert.ok(await goRound(nodeRed, rounds));
  return (rounds * messagesInRound) / (mainThreadSeconds(nodeRed.pid()) - before);
}

async function goRound({ url }: NodeRedProcess, times: number): Promise<boolean> {
  const response = await fetch(`${url}/heat?rounds=${times}`, { signal: AbortSignal.timeout(10_000) });
  return response.status === 200 && (await response.text()) === 'through';
}

/** To the nanosecond; on Linux. */
function mainThreadSeconds(pid: number): number {
  const [ran] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
  return Number(ran) / 1e9;
}

answer(15, 'Flows that do not use the pack', measure);
