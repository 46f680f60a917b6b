import { startPortal, type Bot, type Portal } from '../../../sandbox/bitrix24';
import { botFlow, botNode, portalNode, type Changes } from '../../integration/bitrix24-nodes/flow-parts';
import { until } from '../../support/until';
import { createNodeRedProcess, type NodeRedProcess } from '../node-red-process';
import { startBalancer, type Balancer } from './balancer';

export const storePrefix = 'bitbot';

/** Several Node-RED with the same flows behind one balancer, and the portal that they serve. */
export interface House {
  readonly portal: Portal;
  readonly balancer: Balancer;
  readonly instances: readonly NodeRedProcess[];
  readonly bot: Bot;
  readonly eventsUrl: string;
  deploy(changes?: FlowChanges): Promise<void>;
  stop(): Promise<void>;
}

export interface FlowChanges {
  /** Of the function node that stands for a bot. */
  func?: string;
  incoming?: Changes;
}

export interface HouseOptions extends FlowChanges {
  instances: number;
  /** Without one each has its own store on its disk. */
  redisUrl?: string;
}

/** Tells in the log what it was given, and in the answer who gives it. */
export function answering(shortestMs: number, longestMs: number): string {
  const wait = `${shortestMs} + Math.random() * ${longestMs - shortestMs}`;
  return [
    'const { eventId, attempt } = msg.bitrix;',
    'node.log(`in hand: ${msg.payload} of ${eventId}`);',
    "msg.payload = `answer to ${msg.payload} by ${env.get('INSTANCE')} try ${attempt} of ${eventId}`;",
    `setTimeout(() => { node.send(msg); node.done(); }, ${wait});`,
    'return null;',
  ].join('\n');
}

export async function openHouse(options: HouseOptions): Promise<House> {
  // The log of calls would be most of the memory of a long run.
  const portal = await startPortal({ limits: 'off', keptCalls: 1000 });
  const instances = await Promise.all(
    Array.from({ length: options.instances }, (_, place) =>
      createNodeRedProcess({ INSTANCE: String(place) }),
    ),
  );
  const balancer = await startBalancer(instances.map(({ url }) => url));
  const house: House = {
    portal,
    balancer,
    instances,
    get bot() {
      const [bot] = portal.state.bots.values();
      if (!bot) throw new Error('the bot is not registered');
      return bot;
    },
    eventsUrl: `${balancer.url}/bitrix24/events`,
    async deploy(changes = {}) {
      const flow = flowFor(portal, balancer.url, { ...options, ...changes });
      for (const instance of instances) await instance.deploy(flow);
      await until(() => portal.state.bots.size > 0, 'the bot to be registered');
      await Promise.all(instances.map(listening));
    },
    async stop() {
      await Promise.all(instances.map((instance) => instance.remove()));
      await balancer.stop();
      await portal.stop();
    },
  };
  try {
    await Promise.all(instances.map((instance) => instance.start()));
    await house.deploy();
  } catch (failure) {
    await house.stop();
    throw failure;
  }
  return house;
}

/** Until its webhook knows the portal. */
export async function listening({ url }: NodeRedProcess): Promise<void> {
  const page = async (): Promise<string> => (await fetch(`${url}/bitrix24/events`)).text();
  await until(async () => /Portal nodes: [1-9]/.test(await page()), `${url} to listen`);
}

function flowFor(portal: Portal, publicUrl: string, options: HouseOptions): object[] {
  const { redisUrl, func = 'return msg;', incoming = {} } = options;
  const kept =
    redisUrl === undefined ? { backend: 'embedded' } : { backend: 'redis', keyPrefix: storePrefix };
  const credentials = { redisUrl: redisUrl ?? '', encryptionKey: 'the encryption key of the tests' };
  const store = { id: 'store', type: 'bitlane-store', ...kept, credentials };
  const portalChanges = { plan: 'enterprise', store: 'store' };
  const [tab, ...nodes] = botFlow(portalNode(portal, portalChanges), botNode(publicUrl), {
    func,
    incoming,
    reply: { typing: false },
  });
  return [...(tab ? [tab] : []), store, ...nodes];
}
