// What the flow tracker costs: CPU time of a burst through Node-RED, as a ratio to the same burst without hooks.
// `npx tsx bench/flow-tracker.ts [--save]` (about a minute); --save writes the baseline beside this file.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from 'node-red';
import { hostOf, type Host, type MessageHooks } from '../nodes/runtime/flow-tracker/host';
import { systemTimers, usualTiming } from '../nodes/runtime/flow-tracker/timers';
import { createFlowTracker } from '../nodes/runtime/flow-tracker/tracker';
import { probeDesk } from '../test/support/fixture-nodes/probe-desk';
import { buildFlow, code, effect } from '../test/integration/flow-tracker/support/build-flow';
import { startNodeRed, type TestNodeRed } from '../test/integration/flow-tracker/support/start-node-red';

const rounds = 31;
const warmUpRounds = 3;
const patient = { label: 'bench', timeoutMs: 600_000, hardCapMs: 600_000 };

const flows = {
  '5 function nodes': { burst: 2_000, node: () => code('return msg;') },
  '5 junctions': { burst: 4_000, node: () => ({ type: 'junction' }) },
};
const modes = ['no hooks', 'no hooks again', 'hooks idle', 'one tracked', 'all tracked'] as const;
type Mode = (typeof modes)[number];

/** Hooks that the bench can take away and put back, whatever the tracker thinks. */
function switchable(hooks: MessageHooks): {
  hooks: MessageHooks;
  on: () => void;
  off: () => void;
} {
  const added: (() => void)[] = [];
  let label = '';
  return {
    hooks: {
      ...hooks,
      add(point, callback) {
        label = point.split('.')[1] ?? '';
        added.push(() => hooks.add(point, callback));
        hooks.add(point, callback);
      },
    },
    on: () => added.forEach((add) => add()),
    off: () => hooks.remove(`*.${label}`),
  };
}

async function measure(nodeRed: TestNodeRed, name: keyof typeof flows): Promise<Record<Mode, number>> {
  const { burst, node } = flows[name];
  const chain = [node(), node(), node(), node(), node(), effect()];
  await nodeRed.deploy(buildFlow('bench-', name, { chains: [chain] }));
  const real = hostOf(nodeRed.api);
  if (!real.hooks) throw new Error('this Node-RED has no hooks');
  const { hooks, on, off } = switchable(real.hooks);
  const host: Host = { ...real, hooks };
  const tracker = createFlowTracker(host, systemTimers, {
    ...{ ...usualTiming, keepEndedMs: 0, keepHooksMs: 3_600_000 },
  });
  const source = probeDesk.sources.get('bench-source');
  if (!source) throw new Error('the flow did not start');
  await new Promise<void>((onEnd) => tracker.track({}, { ...patient, onEnd: () => onEnd() }));
  off();

  const times: Record<Mode, number[]> = {
    ...{ 'no hooks': [], 'no hooks again': [], 'hooks idle': [], 'one tracked': [], 'all tracked': [] },
  };
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const mode of modes) {
      if (!mode.startsWith('no hooks')) on();
      const held = {};
      const flow =
        mode === 'one tracked' ? tracker.track(held, { ...patient, onEnd: () => undefined }) : undefined;
      tracker.hold(held);
      const microseconds = await cpuOfBurst(source, burst, mode === 'all tracked' ? track : undefined);
      flow?.abandon();
      off();
      if (round >= 0) times[mode].push(microseconds / burst);
    }
  }
  const entries = modes.map((mode) => [mode, median(times[mode])] as const);
  return Object.fromEntries(entries) as Record<Mode, number>;

  function track(message: object, onEnd: () => void): void {
    tracker.track(message, { ...patient, onEnd });
  }
}

type Track = (message: object, onEnd: () => void) => void;

async function cpuOfBurst(source: Node, burst: number, track?: Track): Promise<number> {
  let left = burst * (track ? 2 : 1);
  probeDesk.effects.length = 0;
  const before = process.cpuUsage();
  await new Promise<void>((resolve) => {
    const step = (): void => {
      left -= 1;
      if (left === 0) resolve();
    };
    probeDesk.onEffect = step;
    for (let sent = 0; sent < burst; sent += 1) {
      const message = { payload: sent };
      track?.(message, step);
      source.send(message);
    }
  });
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function main(): Promise<void> {
  const nodeRed = await startNodeRed(require.resolve('node-red'));
  const table: Record<string, Record<string, { microseconds: number; ratio: number }>> = {};
  for (const name of Object.keys(flows) as (keyof typeof flows)[]) {
    const medians = await measure(nodeRed, name);
    table[name] = Object.fromEntries(
      modes.map((mode) => [
        mode,
        {
          microseconds: Number(medians[mode].toFixed(1)),
          ratio: Number((medians[mode] / medians['no hooks']).toFixed(2)),
        },
      ]),
    );
    console.log(`${name}: CPU per message, median of ${rounds} interleaved rounds, Node ${process.version}`);
    console.table(table[name]);
  }
  if (process.argv.includes('--save')) {
    const file = join(__dirname, 'flow-tracker.baseline.json');
    writeFileSync(file, `${JSON.stringify({ node: process.version, rounds, table }, null, 2)}\n`);
  }
  await nodeRed.stop();
}

main().then(
  () => process.exit(0),
  (failure: unknown) => {
    console.error(failure);
    process.exit(1);
  },
);
