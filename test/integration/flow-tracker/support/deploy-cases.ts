import { code, contrib, effect, type Chain, type ShortNode } from './build-flow';
import type { DeployType } from './start-node-red';

/** What is done to a flow while a message is in it, and what becomes of the message. */
export interface DeployCase {
  name: string;
  chains: readonly Chain[];
  whole?: readonly object[];
  /** What the message carries besides. */
  message?: object;
  /** Properties that the deploy changes, by key; `null` takes the node away. */
  changes: Readonly<Record<string, object | null>>;
  deploy: DeployType | 'stop';
  /** The message is sent at the very moment when Node-RED begins to stop nodes. */
  sentWhileStopping?: boolean;
  expect: 'finished' | 'interrupted';
  /** How often the end of the flow is reached before the outcome. */
  effects: number;
}

/** No deploy takes so long: what is in the flow when it begins is in it when it ends. */
const longMs = 60_000;
const arrived: ShortNode = effect({ key: 'arrived', wait: 0 });
const end: ShortNode = effect({ key: 'end' });
const delay: ShortNode = {
  type: 'delay',
  key: 'held',
  ...{
    pauseType: 'delay',
    timeout: `${longMs}`,
    timeoutUnits: 'milliseconds',
    rate: '1',
    rateUnits: 'second',
  },
};
const join: ShortNode = {
  type: 'join',
  key: 'held',
  ...{
    mode: 'custom',
    build: 'array',
    property: 'payload',
    propertyType: 'msg',
    count: '9',
    joinerType: 'str',
  },
};
const batch: ShortNode = { type: 'batch', key: 'held', mode: 'count', count: 9, overlap: 0, topics: [] };
const sort: ShortNode = {
  type: 'sort',
  key: 'held',
  ...{ order: 'ascending', target: 'payload', targetType: 'seq', seqKey: 'payload', seqKeyType: 'msg' },
};
const request: ShortNode = { type: 'http request', key: 'held', method: 'GET', ret: 'txt', url: 'URL/@slow' };
const slowAnswer: Chain = [
  { type: 'http in', url: '/@slow', method: 'get' },
  { ...delay, key: 'answering' },
  { type: 'http response', headers: {} },
];
const exec: ShortNode = {
  type: 'exec',
  key: 'held',
  command: `sleep ${longMs / 1000}`,
  useSpawn: 'false',
  timer: '',
};
const waits = `await new Promise((resolve) => setTimeout(resolve, ${longMs})); return msg;`;
const timer = `setTimeout(() => { node.send(msg); node.done(); }, ${longMs}); return;`;
const renamed = { name: 'changed' };
const elsewhere: readonly object[] = [
  { id: '@othertab', type: 'tab', label: 'other' },
  { ...code('return msg;'), id: '@other', z: '@othertab', wires: [] },
];
const subflow: readonly object[] = [
  {
    id: '@sub',
    type: 'subflow',
    name: 'sub',
    in: [{ wires: [{ id: '@inner' }] }],
    out: [{ wires: [{ id: '@inner', port: 0 }] }],
  },
  { ...delay, key: undefined, id: '@inner', z: '@sub', wires: [[]] },
];
const inSubflow: ShortNode = { type: 'subflow:@sub', key: 'held' };

function thrownAway(name: string, held: ShortNode, rest: Partial<DeployCase> = {}): DeployCase {
  const chains = [[arrived, held, end], ...(rest.chains ?? [])];
  return { name, changes: {}, deploy: 'full', expect: 'interrupted', effects: 0, ...rest, chains };
}

function goesOn(name: string, changes: DeployCase['changes'], deploy: DeployType): DeployCase {
  return {
    ...{ name, changes, deploy, expect: 'finished', effects: 1 },
    chains: [[arrived, delay, code('return msg;', { key: 'next' }), end]],
    whole: elsewhere,
  };
}

export const deployCases: readonly DeployCase[] = [
  thrownAway('full deploy, in delay', delay),
  thrownAway('full deploy, in join', join),
  thrownAway('full deploy, in batch', batch),
  thrownAway('full deploy, in sort', sort, { message: { parts: { id: 'group', index: 0, count: 2 } } }),
  thrownAway('full deploy, in http request', request, { chains: [slowAnswer] }),
  thrownAway('full deploy, in exec', exec),
  thrownAway('full deploy, in a function that awaits', code(waits, { key: 'held' })),
  thrownAway('full deploy, in a function with a timer', code(timer, { key: 'held' })),
  thrownAway('full deploy, in an asynchronous node', contrib('slow', { key: 'held', wait: longMs })),
  thrownAway('full deploy, in a subflow', inSubflow, { whole: subflow }),
  thrownAway('stop, in delay', delay, { deploy: 'stop' }),
  thrownAway('stop, in an asynchronous node', contrib('slow', { key: 'held', wait: longMs }), {
    deploy: 'stop',
  }),
  thrownAway('nodes deploy of the node it is in', delay, { changes: { held: renamed }, deploy: 'nodes' }),
  thrownAway(
    'nodes deploy of the asynchronous node it is in',
    contrib('slow', { key: 'held', wait: longMs }),
    {
      changes: { held: renamed },
      deploy: 'nodes',
    },
  ),
  thrownAway('nodes deploy that removes the node it is in', delay, {
    changes: { held: null },
    deploy: 'nodes',
  }),
  thrownAway('flows deploy of its flow', delay, { changes: { end: renamed }, deploy: 'flows' }),
  thrownAway('next node is closing slowly', contrib('slow-until-closing', { key: 'held' }), {
    chains: [],
    changes: { end: { ...renamed }, slowToClose: renamed },
    deploy: 'nodes',
    whole: [{ ...contrib('slow', { wait: 1, closeWait: 400 }), id: '@slowToClose', z: '@tab', wires: [] }],
  }),
  thrownAway('full deploy, in delay, while another node is slow to close', delay, {
    whole: [{ ...contrib('slow', { wait: 1, closeWait: 300 }), id: '@slowToClose', z: '@tab', wires: [] }],
  }),
  {
    ...thrownAway('full deploy, on its way to a node that is closed', code('return msg;', { key: 'held' })),
    sentWhileStopping: true,
  },
  goesOn('nodes deploy elsewhere', { other: renamed }, 'nodes'),
  goesOn('flows deploy elsewhere', { other: renamed }, 'flows'),
  goesOn('nodes deploy of the source', { source: renamed }, 'nodes'),
  goesOn('nodes deploy of a node before it', { arrived: renamed }, 'nodes'),
  goesOn('nodes deploy of a node after it', { next: renamed }, 'nodes'),
  { ...goesOn('nodes deploy that removes a node after it', { next: null }, 'nodes'), effects: 0 },
  {
    ...goesOn('nodes deploy elsewhere, in a subflow', { other: renamed }, 'nodes'),
    chains: [[arrived, inSubflow, end]],
    whole: [...subflow, ...elsewhere],
  },
];
