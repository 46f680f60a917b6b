// Runs in a Node-RED of its own; `run-in.ts` starts it.
import { flowTrackerOf, type FlowOutcome } from '../../../../nodes/runtime/flow-tracker';
import { patienceMs } from '../../../support/patience';
import { probeDesk } from '../../../support/fixture-nodes/probe-desk';
import { buildFlow, contrib, effect } from './build-flow';
import { life } from './life';
import { runDeploys } from './run-deploys';
import { runShapes } from './run-shapes';
import { soak } from './soak';
import { startNodeRed, type TestNodeRed } from './start-node-red';
import { turns } from './turns';

const tasks: Record<string, (nodeRed: TestNodeRed) => Promise<unknown>> = {
  shapes: runShapes,
  deploys: runDeploys,
  life,
  soak: (nodeRed) => soak(nodeRed, { seed: 20_240_612, ms: 8_000 }),
  shutdown: beginWork,
};

/** The outcome is there when Node-RED has stopped, or it is too late for it. */
async function beginWork(nodeRed: TestNodeRed): Promise<{ outcome?: FlowOutcome }> {
  const told: { outcome?: FlowOutcome } = {};
  await nodeRed.deploy(buildFlow('end-', 'end', { chains: [[contrib('slow', { wait: 5_000 }), effect()]] }));
  const message = { run: 'end-' };
  flowTrackerOf(nodeRed.api).track(message, {
    ...{ label: 'shutdown', timeoutMs: patienceMs, hardCapMs: patienceMs },
    onEnd: (outcome) => void (told.outcome = outcome),
  });
  probeDesk.sources.get('end-source')?.send(message);
  await turns(10);
  return told;
}

async function run([redModule = '', taskName = '', settings = '{}']: string[]): Promise<unknown> {
  const task = tasks[taskName];
  if (!task) throw new Error(`no such task: ${taskName}`);
  const nodeRed = await startNodeRed(redModule, Object(JSON.parse(settings)) as object);
  probeDesk.tracker = flowTrackerOf(nodeRed.api);
  const result = await task(nodeRed);
  await nodeRed.stop();
  return { result, log: nodeRed.log };
}

run(process.argv.slice(2)).then(
  (answer) => process.send?.(answer, () => process.exit(0)),
  (failure: unknown) => {
    console.error(failure);
    process.exit(1);
  },
);
