/** The stand-ins for portal and bot, and what is between them: ours, H, B or N, each in a process of its own. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createNodeRedProcess, type NodeRedProcess } from '../../test/faults/node-red-process';
import { until } from '../../test/support/until';
import { cpuSecondsOf, startChild } from './child';
import { eventTemplate } from './event-form';
import { emptyFlow, handWiredFlow, ownFlow, takingFlow, type StandInUrls } from './flows';
import type { Load, LoadFigures } from './portal';

/** What takes the events. */
export interface Way {
  /** Where the portal posts to. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface OwnWay extends Way {
  readonly nodeRed: NodeRedProcess;
}

export interface Measured extends LoadFigures {
  readonly perSecond: number;
  /** Processor time of what took the events, all its threads. */
  readonly cpuMicros: number;
}

export interface OwnOptions {
  /** How many dialogs are worked on side by side. */
  readonly maxDialogs?: number;
  /** Further options of Node, such as a profile or something to load first. */
  readonly nodeOptions?: readonly string[];
  /** Handed over to nobody: one dialog takes the only place, and the others wait in the store. */
  readonly isOnlyTaken?: boolean;
}

export interface Scene {
  readonly urls: StandInUrls;
  botTakes(ms: number): Promise<void>;
  /** From now on the bot keeps its answers back. */
  botHolds(): Promise<void>;
  /** Runs `during` as soon as so many wait for their answers, and then lets them all go. */
  whileHeld<T>(count: number, during: () => Promise<T>): Promise<T>;
  ours(options?: OwnOptions): Promise<OwnWay>;
  handWired(options?: Pick<OwnOptions, 'nodeOptions'>): Promise<Way>;
  bridge(): Promise<Way>;
  plainNodeRed(): Promise<Way>;
  /** Puts the load on one of them, and resolves when it is through. */
  load(way: Way, load: Omit<Load, 'url'>): Promise<Measured>;
  /** How often each method of the portal was called so far. */
  calls(): Promise<Record<string, number>>;
  /** All that was started here. */
  stop(): Promise<void>;
}

const heldWithinMs = 30_000;

export async function openScene(): Promise<Scene> {
  const stops: (() => Promise<void>)[] = [];
  const program = async (name: string) => {
    const child = await startChild(join(__dirname, `${name}.ts`));
    stops.push(() => child.stop());
    return child;
  };
  const portal = await program('portal');
  const bot = await program('bot');
  const portalHost = `127.0.0.1:${Number(await portal.ask({ kind: 'open' }))}`;
  const urls = {
    portal: `http://${portalHost}`,
    bot: `http://127.0.0.1:${Number(await bot.ask({ kind: 'open' }))}`,
  };
  await portal.ask({ kind: 'template', template: await eventTemplate(portalHost) });

  const calls = async (): Promise<Record<string, number>> =>
    (await portal.ask({ kind: 'calls' })) as Record<string, number>;

  async function startNodeRed(env: Record<string, string>, hasPack: boolean): Promise<NodeRedProcess> {
    const nodeRed = await createNodeRedProcess(env, { hasPack });
    stops.push(() => nodeRed.remove());
    await nodeRed.start();
    return nodeRed;
  }

  async function withFlow(flow: readonly object[], nodeOptions: readonly string[] = []): Promise<Way> {
    const nodeRed = await startNodeRed({ NODE_OPTIONS: nodeOptions.join(' ') }, false);
    await deployed(nodeRed, flow);
    return { url: `${nodeRed.url}/events`, pid: nodeRed.pid(), stop: () => nodeRed.remove() };
  }

  return {
    urls,
    calls,
    botTakes: async (ms) => void (await bot.ask({ kind: 'delay', ms })),
    botHolds: async () => void (await bot.ask({ kind: 'hold' })),
    async whileHeld(count, during) {
      const deadline = performance.now() + heldWithinMs;
      while (Number(await bot.ask({ kind: 'held' })) < count) {
        if (performance.now() > deadline) throw new Error(`not all ${count} came to the bot`);
        await pause(20);
      }
      const outcome = await during();
      await bot.ask({ kind: 'letGo' });
      return outcome;
    },
    async ours({ maxDialogs = 100, nodeOptions = [], isOnlyTaken = false } = {}) {
      const options = [`--require=${join(__dirname, 'own-portal.cjs')}`, ...nodeOptions].join(' ');
      const nodeRed = await startNodeRed({ NODE_OPTIONS: options }, true);
      const listed = async (): Promise<number> => (await calls())['imbot.v2.Command.list'] ?? 0;
      const before = await listed();
      const flow = { urls, nodeRedUrl: nodeRed.url, maxDialogs };
      await deployed(nodeRed, isOnlyTaken ? takingFlow(flow) : ownFlow(flow));
      // The last thing that is asked when a bot is made ready.
      while ((await listed()) === before) await pause(20);
      return {
        url: `${nodeRed.url}/bitrix24/events`,
        pid: nodeRed.pid(),
        nodeRed,
        stop: () => nodeRed.remove(),
      };
    },
    handWired: ({ nodeOptions } = {}) => withFlow(handWiredFlow(urls), nodeOptions),
    plainNodeRed: () => withFlow(emptyFlow),
    async bridge() {
      const child = await program('bridge');
      const port = Number(await child.ask({ kind: 'open', ...urls }));
      return { url: `http://127.0.0.1:${port}/events`, pid: child.pid, stop: () => child.stop() };
    },
    async load(way, load) {
      const before = cpuSecondsOf(way.pid);
      const figures = (await portal.ask({ kind: 'load', ...load, url: way.url })) as LoadFigures;
      const events = figures.ackMs.length;
      const cpuMicros = ((cpuSecondsOf(way.pid) - before) * 1e6) / events;
      return { ...figures, perSecond: events / figures.seconds, cpuMicros };
    },
    async stop() {
      for (const stop of stops.reverse()) await stop();
    },
  };
}

/** Node-RED says yes before the new flows run. */
async function deployed(nodeRed: NodeRedProcess, flow: readonly object[]): Promise<void> {
  const from = nodeRed.log().length;
  await nodeRed.deploy([...flow]);
  await until(() => nodeRed.log().includes('Started flows', from), 'the flows to start', 20_000);
}
