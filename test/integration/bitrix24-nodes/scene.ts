import assert from 'node:assert/strict';
import RED from 'node-red';
import { flagAt, textAt } from '../../../lib/core/fields';
import {
  startAuthServer,
  startPortal,
  type AuthServer,
  type Bot,
  type Chat,
  type Portal,
  type PortalOptions,
  type SayInit,
} from '../../../sandbox/bitrix24';
import { embedNodeRed, type EmbeddedNodeRed } from '../../support/embedded-node-red';
import { until } from '../../support/until';
import { callMember, watchNodeRed, type Watch } from './watch';

export interface ActionAnswer {
  ok: boolean;
  message: string;
  raw: unknown;
  text: string;
}

/** A real Node-RED for the tests of one `describe`, and portals that end with it. */
export interface Scene {
  readonly red: EmbeddedNodeRed;
  readonly watch: Watch;
  readonly eventsUrl: string;
  portal(options?: PortalOptions): Promise<Portal>;
  authServer(): Promise<AuthServer>;
  /** Resolves when Node-RED runs the flows; what was seen before is forgotten. */
  deploy(flows: object[], type?: 'full' | 'nodes' | 'flows'): Promise<void>;
  /** And when the bot nodes have done what they do after it. */
  deployReady(flows: object[], botNodes?: readonly string[]): Promise<void>;
  /** A button of a dialog. */
  act(type: string, action: string, form: object): Promise<ActionAnswer>;
  heard(nodeId: string, count: number): Promise<unknown[]>;
  /** As a wire would. */
  send(nodeId: string, message: unknown): void;
}

export function useScene({ logLevel = 'warn' }: { logLevel?: 'warn' | 'trace' } = {}): Scene {
  const endings: (() => Promise<void>)[] = [];
  let opened: { red: EmbeddedNodeRed; watch: Watch } | undefined;
  const now = (): { red: EmbeddedNodeRed; watch: Watch } => opened ?? assert.fail('Node-RED is not started');

  before(async () => {
    opened = { red: await embedNodeRed(logLevel), watch: watchNodeRed() };
  });
  after(async () => {
    opened?.watch.stop();
    await opened?.red.stop();
    for (const end of endings.reverse()) await end();
  });

  const deploy: Scene['deploy'] = async (flows, type = 'full') => {
    now().watch.clear();
    await now().red.deploy(flows, type);
  };
  const keep = <T extends { stop: () => Promise<void> }>(started: T): T => {
    endings.push(() => started.stop());
    return started;
  };

  return {
    get red() {
      return now().red;
    },
    get watch() {
      return now().watch;
    },
    get eventsUrl() {
      return `${now().red.url}/bitrix24/events`;
    },
    portal: async (options = {}) => keep(await startPortal({ limits: 'off', ...options })),
    authServer: async () => keep(await startAuthServer()),
    deploy,
    async deployReady(flows, botNodes = ['bot']) {
      // That it was answered is recorded a moment later, and a deploy in between hands the event out again.
      await until(async () => !(await isAtWork(now().red.url)), 'flows to end', courtesyMs).catch(
        () => undefined,
      );
      await deploy(flows);
      for (const id of botNodes) {
        await until(() => isReady(now().watch.status(id)), `the bot node ${id} to be ready`);
      }
    },
    async act(type, action, form) {
      const response = await fetch(`${now().red.url}/bitlane/${type}/${action}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(form),
      });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      const raw: unknown = JSON.parse(text);
      return { ok: flagAt(raw, 'ok'), message: textAt(raw, 'message') ?? '', raw, text };
    },
    async heard(nodeId, count) {
      await until(() => now().watch.heard(nodeId).length >= count, `${count} messages at ${nodeId}`);
      return now().watch.heard(nodeId);
    },
    send(nodeId, message) {
      callMember(callMember(RED.nodes, 'getNode', nodeId), 'receive', message);
    },
  };
}

/** Some tests deploy while a flow stands still. */
const courtesyMs = 2000;

async function isAtWork(url: string): Promise<boolean> {
  const metrics = await (await fetch(`${url}/bitlane/metrics`)).text();
  return /^bitlane_events_running\b.* [1-9]/m.test(metrics);
}

function isReady(status: string | undefined): boolean {
  return status?.endsWith('ready') ?? false;
}

export function botOn(portal: Portal, code = 'helper'): Bot {
  const found = [...portal.state.bots.values()].find((bot) => bot.code === code);
  return found ?? assert.fail(`the portal has no bot ${code}`);
}

/** Says it, and that the event was taken. */
export async function say(portal: Portal, chat: Chat, said: SayInit | string): Promise<number> {
  const { deliveries, message } = await portal.clientSays(chat, said);
  for (const { via, status } of deliveries) if (via === 'webhook') assert.equal(status, 200);
  return message?.id ?? assert.fail('nothing was said');
}

/** Says it all, and whether that took no longer: a busy machine takes its time between one and the next. */
export async function sayWithin(
  ms: number,
  portal: Portal,
  chat: Chat,
  texts: readonly string[],
): Promise<boolean> {
  const startedAt = performance.now();
  for (const text of texts) await say(portal, chat, text);
  return performance.now() - startedAt < ms;
}

export function answersIn(portal: Portal, chat: Chat): string[] {
  return portal
    .messages(chat)
    .filter(({ sentByBot }) => sentByBot !== undefined)
    .map(({ text }) => text);
}

export async function answered(portal: Portal, chat: Chat, count: number): Promise<string[]> {
  await until(() => answersIn(portal, chat).length >= count, `${count} answers`);
  return answersIn(portal, chat);
}

/** The calls that change something, since a place in the portal's log. */
export function writesSince(portal: Portal, start: number): string[] {
  const reads = /\.(?:get|list)$|^(?:batch|profile|scope|imbot\.bot\.list)$/i;
  return portal.calls
    .slice(start)
    .map(({ method }) => method)
    .filter((method) => !reads.test(method));
}
