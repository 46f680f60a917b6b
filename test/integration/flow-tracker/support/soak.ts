import { flowTrackerOf, type FlowOutcome } from '../../../../nodes/runtime/flow-tracker';
import { probeDesk } from '../../../support/fixture-nodes/probe-desk';
import { patienceMs } from '../../../support/patience';
import { until } from '../../../support/until';
import { buildFlow, code, contrib, effect, type Chain } from './build-flow';
import type { TestNodeRed } from './start-node-red';

export interface SoakResult {
  deploys: Record<string, number>;
  messages: number;
  ends: Record<string, number>;
  redelivered: number;
  repeatedEffects: number;
  /** Messages that were called finished although their effect had not been seen. Must be empty. */
  finishedWithoutEffect: string[];
  neverFinished: string[];
  /** Nodes that never reported. Must be empty. */
  openNodes: string[];
}

const delay = (rest: object): object => ({
  pauseType: 'random',
  randomFirst: '1',
  randomLast: '30',
  ...rest,
});
const chains: readonly Chain[] = [
  [
    code('return msg;'),
    { type: 'delay', ...delay({ randomUnits: 'milliseconds', rate: '1', rateUnits: 'second' }) },
    {
      type: 'switch',
      property: 'payload.length',
      propertyType: 'msg',
      rules: [{ t: 'gt', v: '0', vt: 'num' }],
      outputs: 1,
    },
    { type: 'split', splt: '\\n', spltType: 'str', arraySplt: 1, arraySpltType: 'len', property: 'payload' },
    code('await new Promise((resolve) => setTimeout(resolve, 5)); return msg;'),
    { type: 'join', mode: 'auto', build: 'array', property: 'payload', propertyType: 'msg' },
    { type: 'link call', links: ['@called'], linkType: 'static', timeout: '5' },
    { type: 'http request', method: 'GET', ret: 'txt', url: 'URL/@answer' },
    { type: 'subflow:@sub' },
    { type: 'change', rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'done', tot: 'str' }] },
    effect({ wait: 0 }),
  ],
  [
    { type: 'link in', key: 'called', links: [] },
    { type: 'delay', ...delay({ randomUnits: 'milliseconds', rate: '1', rateUnits: 'second' }) },
    { type: 'link out', mode: 'return', links: [] },
  ],
  [
    { type: 'http in', url: '/@answer', method: 'get' },
    { type: 'delay', ...delay({ randomUnits: 'milliseconds', rate: '1', rateUnits: 'second' }) },
    { type: 'http response', headers: {} },
  ],
  // While it closes, other nodes are closed already.
  [contrib('slow', { closeWait: 150 })],
];
const whole = [
  {
    id: '@sub',
    type: 'subflow',
    name: 'sub',
    in: [{ wires: [{ id: '@inner' }] }],
    out: [{ wires: [{ id: '@inner', port: 0 }] }],
  },
  { ...code('return msg;'), id: '@inner', z: '@sub', wires: [[]] },
];

/** Random deploys of all kinds under load; what is interrupted is sent again, as the inbox would. */
export async function soak(
  nodeRed: TestNodeRed,
  { seed, ms }: { seed: number; ms: number },
): Promise<SoakResult> {
  const random = seededRandom(seed);
  const tracker = flowTrackerOf(nodeRed.api);
  const flow = JSON.parse(
    JSON.stringify(buildFlow('soak-', 'soak', { chains, whole })).replaceAll('URL/', `${nodeRed.url}/`),
  ) as { id: string; type: string; name?: string }[];
  // A request that nobody answers any more stays with its node: the limit would be the right end for it.
  const changeable = flow.filter(({ id }) => !id.startsWith('soak-n2'));
  const result: SoakResult = {
    ...{
      deploys: { full: 0, nodes: 0, flows: 0 },
      messages: 0,
      ends: {},
      redelivered: 0,
      repeatedEffects: 0,
    },
    ...{ finishedWithoutEffect: [], neverFinished: [], openNodes: [] },
  };
  const open = new Set<string>();
  const waiting: string[] = [];
  const effects = new Map<string, number>();
  probeDesk.onEffect = ({ run }) => void effects.set(run, (effects.get(run) ?? 0) + 1);

  function send(run: string): void {
    const source = probeDesk.sources.get('soak-source');
    if (!source) return void waiting.push(run);
    const message = { run, payload: ['a', 'b'] };
    tracker.track(message, {
      label: 'soak',
      timeoutMs: patienceMs / 2,
      hardCapMs: patienceMs / 2,
      onEnd: (end) => onEnd(run, end),
    });
    source.send(message);
  }

  function onEnd(run: string, { how, openNodes = [] }: FlowOutcome): void {
    result.ends[how] = (result.ends[how] ?? 0) + 1;
    // A link call fails when the deploy has taken the node that it calls.
    if (how === 'interrupted' || how === 'failed') {
      result.redelivered += 1;
      waiting.push(run);
      return;
    }
    open.delete(run);
    result.openNodes.push(...openNodes.map(({ id, type }) => `${run}: ${type} ${id}`));
    if (how === 'finished' && !effects.has(run)) result.finishedWithoutEffect.push(run);
  }

  await nodeRed.deploy(flow);
  const stopSending = every(4, () => {
    for (const run of waiting.splice(0)) send(run);
    if (performance.now() > deadline) return;
    result.messages += 1;
    const run = `message ${result.messages}`;
    open.add(run);
    send(run);
  });
  const deadline = performance.now() + ms;
  while (performance.now() < deadline) {
    const type = (['full', 'nodes', 'flows'] as const)[Math.floor(random() * 3)] ?? 'full';
    const node = changeable[Math.floor(random() * changeable.length)];
    if (node && type !== 'full') node.name = `changed ${random()}`;
    await nodeRed.deploy(structuredClone(flow), type);
    result.deploys[type] = (result.deploys[type] ?? 0) + 1;
    const pause = performance.now() + random() * 200;
    await until(() => performance.now() > pause, 'the next deploy');
  }
  await until(() => open.size === 0, 'the last messages').catch(() => undefined);
  stopSending();
  result.neverFinished.push(...open);
  for (const times of effects.values()) result.repeatedEffects += times - 1;
  return result;
}

function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms);
  return () => clearInterval(timer);
}

function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
