/**
 * What the installed pack costs a Node-RED whose flows are empty: the time from the start of its process until its flows
 * run, and its memory then; beside the same Node-RED without the pack, started in turn with it.
 *
 *   npm run build && npx tsx bench/14-start-up.ts
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createNodeRedProcess, type NodeRedProcess } from '../test/faults/node-red-process';
import { answer, atMost, interleaved, median, type Row } from './support/question';

const rounds = 5;
/** What is still being read or thrown away as the flows start. */
const settlingMs = 300;

interface Start {
  ms: number;
  megabytes: number;
}

async function measure(): Promise<Row[]> {
  const without = await createNodeRedProcess({}, { hasPack: false });
  const installed = await createNodeRedProcess({});
  try {
    // The first start of a user folder looks for nodes and writes down what it found.
    for (const nodeRed of [without, installed]) await startOnce(nodeRed);
    const starts = await interleaved(rounds, {
      without: () => startOnce(without),
      installed: () => startOnce(installed),
    });
    return [
      row('time until the flows run', 'ms', atMost(250), starts, ({ ms }) => ms),
      row('memory', 'MB', atMost(30), starts, ({ megabytes }) => megabytes),
    ];
  } finally {
    await without.remove();
    await installed.remove();
  }
}

async function startOnce(nodeRed: NodeRedProcess): Promise<Start> {
  const startedAt = performance.now();
  await nodeRed.start();
  const ms = performance.now() - startedAt;
  await pause(settlingMs);
  const megabytes = nodeRed.megabytes();
  nodeRed.kill9();
  await nodeRed.ended();
  return { ms, megabytes };
}

function row(
  what: string,
  unit: string,
  goal: ReturnType<typeof atMost>,
  starts: Record<'without' | 'installed', Start[]>,
  figure: (start: Start) => number,
): Row {
  const ours = median(starts.installed.map(figure));
  const beside = median(starts.without.map(figure));
  const shown = (value: number): string => `${value.toFixed(0)} ${unit}`;
  return {
    what: `${what}: added by the pack`,
    ours: `${shown(ours)} with it`,
    beside: `${shown(beside)} without`,
    value: ours - beside,
    unit: ` ${unit}`,
    goal,
  };
}

answer(14, 'Start-up of a Node-RED with empty flows', measure);
