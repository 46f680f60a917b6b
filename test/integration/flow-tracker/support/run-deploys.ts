import { flowTrackerOf, type FlowOutcome } from '../../../../nodes/runtime/flow-tracker';
import { textAt } from '../../../../lib/core/fields';
import { probeDesk } from '../../../support/fixture-nodes/probe-desk';
import { patienceMs } from '../../../support/patience';
import { until } from '../../../support/until';
import { buildFlow } from './build-flow';
import { deployCases, type DeployCase } from './deploy-cases';
import type { TestNodeRed } from './start-node-red';
import { turns } from './turns';

export interface DeployResult {
  name: string;
  how: string;
  expected: string;
  effects: number;
  expectedEffects: number;
  msAfterDeploy: number;
}

export async function runDeploys(nodeRed: TestNodeRed): Promise<DeployResult[]> {
  const results: DeployResult[] = [];
  for (const [place, deployCase] of deployCases.entries()) {
    results.push(await runCase(nodeRed, deployCase, `d${place}-`));
  }
  return results;
}

async function runCase(nodeRed: TestNodeRed, deployCase: DeployCase, prefix: string): Promise<DeployResult> {
  const flow = fillIn(buildFlow(prefix, deployCase.name, deployCase), nodeRed.url);
  await nodeRed.deploy(flow);
  const run = `${prefix}run`;
  let outcome: FlowOutcome | undefined;
  let endedAt = 0;
  const start = (): void => {
    const message = { run, payload: 1, ...deployCase.message };
    flowTrackerOf(nodeRed.api).track(message, {
      ...{ label: deployCase.name, timeoutMs: patienceMs, hardCapMs: patienceMs },
      onEnd: (end) => {
        outcome = end;
        endedAt = performance.now();
      },
    });
    probeDesk.sources.get(`${prefix}source`)?.send(message);
  };
  const reached = (): number => probeDesk.effects.filter((effect) => effect.run === run).length;
  const before = deployCase.sentWhileStopping ? 0 : 1;
  if (deployCase.sentWhileStopping) {
    nodeRed.api.events.once('flows:stopping', start);
  } else {
    start();
    await until(() => reached() === 1, `the message in "${deployCase.name}"`);
    await turns(10);
  }
  const deployedAt = performance.now();
  if (deployCase.deploy === 'stop') await nodeRed.setState('stop');
  else await nodeRed.deploy(changed(flow, prefix, deployCase), deployCase.deploy);
  // A delay node that has outlived the deploy gives out what it holds.
  if (deployCase.expect === 'finished') probeDesk.sources.get(`${prefix}source`)?.send({ flush: true });
  await until(() => outcome !== undefined, `the end of "${deployCase.name}"`);
  const effects = reached() - before;
  if (deployCase.deploy === 'stop') await nodeRed.setState('start');
  return {
    name: deployCase.name,
    how: outcome?.how ?? '',
    expected: deployCase.expect,
    effects,
    expectedEffects: deployCase.effects,
    msAfterDeploy: endedAt - deployedAt,
  };
}

function changed(flow: object[], prefix: string, { changes }: DeployCase): object[] {
  const changeOf = (node: object): object | null | undefined =>
    changes[textAt(node, 'id')?.slice(prefix.length) ?? ''];
  return flow.flatMap((node) => {
    const change = changeOf(node);
    return change === null ? [] : [{ ...node, ...change }];
  });
}

function fillIn(flow: object[], url: string): object[] {
  const parsed: unknown = JSON.parse(JSON.stringify(flow).replaceAll('URL/', `${url}/`));
  return Array.isArray(parsed) ? parsed.map((node: unknown) => Object(node) as object) : [];
}
