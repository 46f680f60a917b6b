import assert from 'node:assert/strict';
import { startPortal, type Chat, type Portal } from '../../sandbox/bitrix24';
import { botFlow, botNode, portalNode } from '../integration/bitrix24-nodes/flow-parts';
import { until } from '../support/until';
import { startBuilder, type BuilderMoment } from './builder';
import { createNodeRedProcess } from './node-red-process';

export const killPoints = [
  'before the journal write',
  'after the journal write',
  'at the bot call',
  'at the first byte of its answer',
  'at its whole answer',
  'at the send',
  'between the send and its record',
  'at completion',
] as const;
export type KillPoint = (typeof killPoints)[number];

export interface RoundOutcome {
  accepted: number;
  lost: number;
  doubled: number;
}

/** A portal, a builder of bots, and a Node-RED between them that is killed again and again. */
export interface Lane {
  round(point: KillPoint, random: () => number): Promise<RoundOutcome>;
  stop(): Promise<void>;
}

interface Posted {
  chat: Chat;
  text: string;
  body: string;
  headers: Record<string, string>;
}

const sendMethod = 'imbot.v2.Chat.Message.send';
const momentOf: Partial<Record<KillPoint, BuilderMoment>> = {
  'at the bot call': 'called',
  'at the first byte of its answer': 'first byte',
  'at its whole answer': 'answered',
  'at completion': 'done',
};

export async function openLane(): Promise<Lane> {
  const portal = await startPortal({ limits: 'off' });
  const builder = await startBuilder();
  const nodeRed = await createNodeRedProcess({ BUILDER_URL: builder.url });
  const eventsUrl = `${nodeRed.url}/bitrix24/events`;
  let said = 0;
  await nodeRed.start();
  await nodeRed.deploy(flowFor(portal, nodeRed.url));
  await until(() => portal.state.bots.size > 0, 'the bot to be registered');

  async function compose(chat: Chat, text: string): Promise<Posted> {
    const { deliveries } = await portal.clientSays(chat, { text, hold: true });
    const [delivery] = deliveries;
    assert.ok(delivery);
    return { chat, text, ...portal.wireForm(delivery) };
  }

  /** Whether Bitrix24 would take it for delivered. */
  async function post({ body, headers }: Posted): Promise<boolean> {
    try {
      return (await portal.sendRaw(eventsUrl, body, headers)).status === 200;
    } catch {
      return false;
    }
  }

  function answersTo({ chat, text }: Posted): number {
    const answer = `answer to ${text}`;
    return portal.messages(chat).filter((one) => one.sentByBot !== undefined && one.text === answer).length;
  }

  async function die(point: KillPoint, target: Posted, random: () => number): Promise<boolean> {
    const moment = momentOf[point];
    if (moment) {
      builder.onMoment = (now, text) => {
        if (now === moment && text === target.text) nodeRed.kill9();
      };
    }
    if (point === 'at the send') portal.failNext({ method: sendMethod, with: 'hang' });
    const posting = post(target);
    if (point === 'before the journal write') {
      const turns = Math.floor(random() * 3);
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      nodeRed.kill9();
    }
    const isAccepted = await posting;
    if (point === 'after the journal write') nodeRed.kill9();
    if (point === 'at the send' || point === 'between the send and its record') {
      await portal.waitForCall(({ method, params }) => method === sendMethod && isAbout(params, target.text));
      nodeRed.kill9();
    }
    return isAccepted;
  }

  return {
    async round(point, random) {
      said += 1;
      const slow = await Promise.all(
        ['a', 'b', 'c'].map((name) => compose(portal.openChannel(), `slow ${said}${name}`)),
      );
      for (const one of slow) assert.ok(await post(one));
      const target = await compose(portal.openChannel(), `quick ${said}`);
      const isAccepted = await die(point, target, random);
      await nodeRed.ended();
      builder.onMoment = () => undefined;
      portal.clearFaults();
      builder.release();
      await nodeRed.start();
      // What was not confirmed the portal sends again, and what was confirmed may come twice.
      if (!isAccepted || random() < 0.5) assert.ok(await post(target));
      await finish([...slow, target]);
      const counts = [...slow, target].map(answersTo);
      return {
        accepted: counts.length,
        lost: counts.filter((count) => count === 0).length,
        doubled: counts.filter((count) => count > 1).length,
      };
    },
    async stop() {
      await nodeRed.remove();
      await builder.stop();
      await portal.stop();
    },
  };

  /** Until all is answered and nothing more can come; what is not answered by then is lost. */
  async function finish(posted: readonly Posted[]): Promise<void> {
    const isOver = async (): Promise<boolean> => {
      builder.release();
      const left =
        (await nodeRed.metric('bitlane_events_waiting')) + (await nodeRed.metric('bitlane_events_running'));
      return left === 0 && posted.every((one) => answersTo(one) > 0);
    };
    await until(isOver, 'all answers').catch(() => undefined);
  }
}

function isAbout(params: unknown, text: string): boolean {
  return JSON.stringify(params).includes(`answer to ${text}`);
}

/** The flow of an integrator who calls a builder by hand. */
function flowFor(portal: Portal, url: string): object[] {
  const onCanvas = { z: 'tab', x: 100, y: 100 };
  const [tab, ...nodes] = botFlow(portalNode(portal), botNode(url), {
    reply: { typing: false, wires: [['tell']] },
  });
  assert.ok(tab);
  const request = (id: string, next: string[]): object => ({
    ...onCanvas,
    id,
    type: 'http request',
    method: 'POST',
    ret: 'txt',
    url: '',
    senderr: true,
    wires: [next],
  });
  const prepare = (id: string, path: string, text: string, next: string): object => ({
    ...onCanvas,
    id,
    type: 'function',
    outputs: 1,
    func: `msg.url = env.get('BUILDER_URL') + '${path}'; msg.headers = {}; msg.payload = { text: ${text} }; return msg;`,
    wires: [[next]],
  });
  return [
    tab,
    ...nodes.filter((node) => Reflect.get(node, 'id') !== 'think'),
    prepare('think', '/answer', 'msg.payload', 'ask'),
    request('ask', ['reply']),
    prepare('tell', '/done', 'msg.bitrix.text', 'telling'),
    request('telling', ['said']),
  ];
}
