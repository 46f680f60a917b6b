import { EventEmitter } from 'node:events';
import type { NodeMessage } from 'node-red';
import { textAt } from '../../../../lib/core/fields';
import { hostOf, type Host } from '../../../../nodes/runtime/flow-tracker/host';
import { systemTimers, usualTiming, type Timers } from '../../../../nodes/runtime/flow-tracker/timers';
import { createFlowTracker } from '../../../../nodes/runtime/flow-tracker/tracker';
import type { FlowOutcome, FlowTracker } from '../../../../nodes/runtime/flow-tracker';
import { patienceMs } from '../../../support/patience';
import { probeDesk } from '../../../support/fixture-nodes/probe-desk';
import { until } from '../../../support/until';
import { buildFlow, code, contrib, effect, type Chain } from './build-flow';
import type { TestNodeRed } from './start-node-red';

/** What a test asks about trackers of its own making; every answer is plain data. */
export type LifeResult = Record<string, unknown>;

const points = ['onSend', 'preRoute', 'postDeliver', 'onReceive', 'postReceive', 'onComplete'];
const patient = { label: 'life', timeoutMs: patienceMs, hardCapMs: patienceMs };

export async function life(nodeRed: TestNodeRed): Promise<LifeResult> {
  return {
    hooks: await hooksComeAndGo(nodeRed),
    copies: await twoCopies(nodeRed),
    slowHook: await slowHook(nodeRed, true),
    quickHook: await slowHook(nodeRed, false),
    limit: await limit(nodeRed),
    lateSend: await lateSend(nodeRed),
    reply: await reply(nodeRed),
    abandon: await abandon(nodeRed),
    foreign: await foreignTraffic(nodeRed),
    learning: await learning(nodeRed),
    closing: await silentWhileClosing(nodeRed),
    queue: await queueBeforeNobody(nodeRed),
  };
}

interface Watched {
  host: Host;
  warnings: [string, Readonly<Record<string, string | number>>][];
  logListeners: () => number;
}

function watchedHost({ api }: TestNodeRed): Watched {
  const host = hostOf(api);
  const warnings: Watched['warnings'] = [];
  let listeners = 0;
  return {
    warnings,
    logListeners: () => listeners,
    host: {
      ...host,
      // Trackers of a test outlive it in whatever they listen to.
      events: new EventEmitter(),
      warn: (key, params) => void warnings.push([key, params]),
      listenToLog(listener) {
        listeners += 1;
        const stop = host.listenToLog(listener);
        return () => {
          listeners -= 1;
          stop();
        };
      },
    },
  };
}

const deployChain = (nodeRed: TestNodeRed, chain: Chain, ...more: Chain[]): Promise<void> =>
  nodeRed.deploy(buildFlow('life-', 'life', { chains: [chain, ...more] }));

function send(message: NodeMessage): void {
  probeDesk.sources.get('life-source')?.send(message);
}

async function follow(
  tracker: FlowTracker,
  message: NodeMessage,
  options: object = {},
): Promise<FlowOutcome> {
  return new Promise((onEnd) => {
    tracker.track(message, { ...patient, ...options, onEnd });
    send(message);
  });
}

async function hooksComeAndGo(nodeRed: TestNodeRed): Promise<LifeResult> {
  await deployChain(nodeRed, [code('return msg;'), effect()]);
  const { host, logListeners } = watchedHost(nodeRed);
  const present = (): string[] => points.filter((point) => host.hooks?.has(point));
  const tracker = createFlowTracker(host, systemTimers, { ...usualTiming, keepHooksMs: 20 });
  const before = present();
  const first = await follow(tracker, { run: 'hooks' });
  const during = present();
  const listenersDuring = logListeners();
  await until(() => present().length === 0, 'the removal of the hooks');
  const listenersAfter = logListeners();
  const second = await follow(tracker, { run: 'hooks' });
  await until(() => present().length === 0, 'the second removal of the hooks');
  return { before, during, listenersDuring, listenersAfter, ends: [first.how, second.how] };
}

async function twoCopies(nodeRed: TestNodeRed): Promise<LifeResult> {
  await deployChain(nodeRed, [contrib('slow', { wait: 20 }), contrib('legacy'), effect()]);
  const timing = { ...usualTiming, keepHooksMs: 20 };
  const trackers = [1, 2].map(() => createFlowTracker(watchedHost(nodeRed).host, systemTimers, timing));
  const ends = await Promise.all(trackers.map((tracker) => follow(tracker, { run: 'copies' })));
  const { hooks } = hostOf(nodeRed.api);
  await until(() => !hooks?.has('onReceive'), 'the removal of the hooks');
  return { ends: ends.map(({ how, by }) => `${how} by ${by}`) };
}

async function slowHook(nodeRed: TestNodeRed, isSlow: boolean): Promise<LifeResult> {
  await deployChain(nodeRed, [code('return msg;'), code('return msg;'), effect()]);
  const { host, warnings } = watchedHost(nodeRed);
  const add: unknown = Reflect.get(Object(host.hooks), 'add');
  if (typeof add !== 'function') throw new Error('no hooks');
  const quick = (event: unknown): void => void event;
  const slow = (_event: unknown, next: () => void): void => void setTimeout(next, 5);
  Reflect.apply(add, host.hooks, ['preDeliver.debugger', isSlow ? slow : quick]);
  const tracker = createFlowTracker(host, systemTimers, { ...usualTiming, keepHooksMs: 20 });
  const seen = (): number => probeDesk.effects.filter(({ run }) => run === `hook ${isSlow}`).length;
  for (const turn of [1, 2]) {
    await follow(tracker, { run: `hook ${isSlow}` });
    await until(() => seen() === turn, 'the effect behind the hook');
  }
  host.hooks?.remove('preDeliver.debugger');
  return { warnings: warnings.map(([key]) => key) };
}

async function limit(nodeRed: TestNodeRed): Promise<LifeResult> {
  await deployChain(nodeRed, [code('if (msg.never) node.done(); return;', { name: 'forgetful' })]);
  const { host, warnings } = watchedHost(nodeRed);
  const tracker = createFlowTracker(host, systemTimers, { ...usualTiming, keepHooksMs: 20 });
  const message = { run: 'limit', payload: 'a private text' };
  const outcome = await follow(tracker, message, { label: 'bitrix-in "Support"', timeoutMs: 50 });
  await follow(tracker, { ...message, _msgid: undefined }, { timeoutMs: 50 });
  return { outcome, warnings };
}

async function lateSend(nodeRed: TestNodeRed): Promise<LifeResult> {
  await deployChain(nodeRed, [contrib('early-done'), effect()]);
  const { host, warnings } = watchedHost(nodeRed);
  const tracker = createFlowTracker(host, systemTimers, usualTiming);
  const late: unknown[] = [];
  for (const turn of [1, 2]) {
    await follow(tracker, { run: 'late' }, { onLateSend: (node: unknown) => void late.push(node) });
    await until(() => late.length === turn, 'the late send');
  }
  return { late, warnings: warnings.map(([key, params]) => [key, params.node]) };
}

async function reply(nodeRed: TestNodeRed): Promise<LifeResult> {
  await deployChain(nodeRed, [contrib('reply'), contrib('slow', { wait: 20 }), effect()]);
  const { host, warnings } = watchedHost(nodeRed);
  const tracker = createFlowTracker(host, systemTimers, usualTiming);
  const usual = probeDesk.tracker;
  probeDesk.tracker = tracker;
  const outcome = await follow(tracker, { run: 'reply' });
  const seen = (): boolean => probeDesk.effects.some(({ run }) => run === 'reply');
  const endedFirst = !seen();
  await until(seen, 'the rest of the flow');
  probeDesk.tracker = usual;
  return { outcome, endedFirst, warnings };
}

async function abandon(nodeRed: TestNodeRed): Promise<LifeResult> {
  await deployChain(nodeRed, [effect()]);
  const tracker = createFlowTracker(watchedHost(nodeRed).host, systemTimers, usualTiming);
  let wasTold = false;
  const message = { run: 'abandon' };
  const flow = tracker.track(message, { ...patient, onEnd: () => void (wasTold = true) });
  send(message);
  const known = tracker.of({ ...message })?.label;
  flow.abandon();
  await until(() => probeDesk.effects.some(({ run }) => run === 'abandon'), 'the effect');
  return { known, knownAfter: tracker.of(message)?.label, wasTold };
}

/** Messages that nobody tracks run through the same nodes all the time, and fail there. */
async function foreignTraffic(nodeRed: TestNodeRed): Promise<LifeResult> {
  const failsForOthers = code('if (msg.run === "foreign") throw new Error("not ours"); return msg;');
  await deployChain(nodeRed, [contrib('slow', { wait: 20 }), failsForOthers, effect()]);
  const tracker = createFlowTracker(watchedHost(nodeRed).host, systemTimers, usualTiming);
  const noise = setInterval(() => send({ run: 'foreign' }), 2);
  const outcomes = [];
  for (let turn = 0; turn < 5; turn += 1) outcomes.push((await follow(tracker, { run: 'ours' })).how);
  clearInterval(noise);
  return { outcomes, effects: probeDesk.effects.filter(({ run }) => run === 'ours').length };
}

/** A handler with a default for `done` looks like one that never reports, until it does. */
async function learning(nodeRed: TestNodeRed): Promise<string[]> {
  await deployChain(nodeRed, [contrib('default-sink')]);
  const tracker = createFlowTracker(watchedHost(nodeRed).host, systemTimers, usualTiming);
  const seen = (): number => probeDesk.effects.filter(({ run }) => run === 'learning').length;
  const first = await follow(tracker, { run: 'learning' });
  await until(() => seen() === 1, 'the first effect');
  const second = await follow(tracker, { run: 'learning' });
  return [first.by, second.by];
}

interface Impatient {
  readonly tracker: FlowTracker;
  /** Waits for the silence of nodes; they end when they are called. */
  readonly waits: (() => void)[];
  onWait: () => void;
  silenceIsOver(): void;
  /** The tracker is told once of each. */
  hear(phases: readonly string[]): void;
}

function impatientTracker(nodeRed: TestNodeRed): Impatient {
  const events = new EventEmitter();
  const host = { ...watchedHost(nodeRed).host, events };
  const quietTimes = [usualTiming.shortQuietMs, usualTiming.longQuietMs];
  const after: Timers['after'] = (ms, act) => {
    if (!quietTimes.includes(ms)) return systemTimers.after(ms, act);
    desk.waits.push(act);
    desk.onWait();
    return () => undefined;
  };
  const desk: Impatient = {
    tracker: createFlowTracker(host, { ...systemTimers, after }, usualTiming),
    waits: [],
    onWait: () => undefined,
    silenceIsOver: () => desk.waits.splice(0).forEach((act) => act()),
    hear(phases) {
      for (const phase of phases) nodeRed.api.events.once(phase, () => events.emit(phase));
    },
  };
  return desk;
}

/** By the clock a node has been silent for long enough, while it is closed and another one still closes. */
async function silentWhileClosing(nodeRed: TestNodeRed): Promise<FlowOutcome> {
  const chains = [[contrib('legacy', { wait: 60_000 }), effect()], [contrib('slow', { closeWait: 1000 })]];
  const flow = buildFlow('life-', 'life', { chains });
  await nodeRed.deploy(flow);
  const desk = impatientTracker(nodeRed);
  const outcome = follow(desk.tracker, { run: 'closing' });
  await until(() => desk.waits.length > 0, 'the node to be silent');
  desk.hear(['flows:stopping', 'flows:stopped', 'flows:started']);
  probeDesk.onClosing = () => {
    probeDesk.onClosing = () => undefined;
    setImmediate(desk.silenceIsOver);
  };
  await nodeRed.deploy(flow);
  return outcome;
}

/** A switch takes one message in each turn, and whoever it sends them to is not there. */
async function queueBeforeNobody(nodeRed: TestNodeRed): Promise<string[]> {
  const burst = 3 * usualTiming.calmTurns;
  const sorting = {
    type: 'switch',
    property: 'run',
    propertyType: 'msg',
    rules: [{ t: 'nnull' }],
    outputs: 1,
  };
  const flow = buildFlow('life-', 'life', { chains: [[sorting, effect({ key: 'next' })]] });
  await nodeRed.deploy(flow);
  const desk = impatientTracker(nodeRed);
  const first = await follow(desk.tracker, { run: 'queue' });
  desk.hear(['flows:stopping', 'flows:stopped']);
  await nodeRed.deploy(
    flow.filter((node) => textAt(node, 'id') !== 'life-next'),
    'nodes',
  );
  // The first of them is not waited for.
  desk.onWait = () => {
    if (desk.waits.length === burst - 1) setImmediate(desk.silenceIsOver);
  };
  const others = Array.from({ length: burst }, () => follow(desk.tracker, { run: 'queue' }));
  const hows = (await Promise.all(others)).map(({ how }) => how);
  return [first.how, ...new Set(hows)];
}
