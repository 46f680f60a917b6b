import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { join } from 'node:path';
import RED from 'node-red';
import { entriesAt, keysAt, textAt } from '../../lib/core/fields';
import { startPortal, type Bot, type Chat, type Portal } from '../../sandbox/bitrix24';
import { readJson, root } from '../../scripts/pack.cjs';
import { until } from '../support/until';
import { embedNodeRed, type EmbeddedNodeRed } from '../support/embedded-node-red';

const BOT_TOKEN = 'marker-bot-token';

describe('the echo flow in a real Node-RED', function () {
  let nodeRed: EmbeddedNodeRed;
  let portal: Portal;
  let bot: Bot;
  let chat: Chat;

  before(async () => {
    portal = await startPortal({ limits: 'off' });
    bot = portal.addBot({ code: 'helper', api: 'v2', botToken: BOT_TOKEN });
    chat = portal.openChannel({ bots: [bot] });
    nodeRed = await embedNodeRed();
    await nodeRed.deploy(echoFlow(), 'full');
    await portal.waitForCall(({ method }) => method === 'imbot.v2.Bot.update');
    await until(() => bot.handlerUrls.includes(`${nodeRed.url}/bitrix24/events`), 'the address of the bot');
  });
  after(async () => {
    await nodeRed.stop();
    await portal.stop();
  });

  /** The shipped flow with its variables filled in. */
  function echoFlow(changes: Record<string, object> = {}): object[] {
    const secrets: Record<string, string> = {
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      BITRIX_BOT_TOKEN: BOT_TOKEN,
      PUBLIC_URL: nodeRed.url,
    };
    const flow = readJson(join(root, 'flows/BitBot/0 Echo bot.json'));
    const filled: unknown = JSON.parse(
      JSON.stringify(flow).replace(/\$\{([A-Z_]+)\}/g, (whole, name: string) => secrets[name] ?? whole),
    );
    return entriesAt({ filled }, 'filled').map(
      (node) => ({ ...Object(node), ...changes[textAt(node, 'id') ?? ''] }) as object,
    );
  }

  async function converse(text: string): Promise<void> {
    const { deliveries } = await portal.clientSays(chat, text);
    assert.deepEqual(
      deliveries.map(({ status }) => status),
      [200],
    );
    const answer = await portal.waitForMessage((message) => message.text === `You wrote: ${text}`);
    assert.equal(answer.author, 'bot');
  }

  it('answers what a client writes', () => converse('Where is my order? Где заказ? 🙂'));

  it('answers a person in a private dialog', async () => {
    const dialog = portal.privateChat(undefined, bot);
    await portal.clientSays(dialog, 'just us');
    await portal.waitForMessage(({ text, chatId }) => text === 'You wrote: just us' && chatId === dialog.id);
  });

  it('refuses an event with another token, and Node-RED lives', async () => {
    const { deliveries } = await portal.clientSays(chat, { text: 'forged', hold: true });
    const { body, headers } = portal.wireForm(deliveries[0] ?? assert.fail('nothing composed'));
    const forged = body.replaceAll(encodeURIComponent(portal.applicationToken(bot)), 'another');
    assert.notEqual(forged, body);
    const address = `${nodeRed.url}/bitrix24/events`;
    assert.equal((await portal.sendRaw(address, forged, headers)).status, 401);
    assert.equal((await portal.sendRaw(address, 'event=x', headers)).status, 400);
    assert.equal((await portal.sendRaw(address, 'x', { 'content-type': 'text/xml' })).status, 415);
    await converse('still here');
  });

  it('leaves no route, listener, timer or user behind in 50 deploys of every kind', async () => {
    const timers = watchTimers();
    await nodeRed.deploy(echoFlow(), 'full');
    await converse('before');
    const before = await leftovers();
    assert.deepEqual(before.users['bitlane-bot'], ['bitlane-echo-in']);
    const timersBefore = timers.alive();
    let flow: object[] = [];
    for (let round = 0; round < 50; round += 1) {
      const changed = {
        'bitlane-echo-in': { name: `round ${round}` },
        'bitlane-bot': { name: `round ${round}` },
      };
      const passing = { ...replyNode(), id: `passing-${round}`, bot: 'bitlane-bot', wires: [[]] };
      const type = (['full', 'nodes', 'flows'] as const)[round % 3] ?? 'full';
      flow = withoutCredentials(echoFlow(changed));
      await nodeRed.deploy([...flow, passing], type);
    }
    // The config nodes stay as they are, and must forget who has left.
    await nodeRed.deploy(flow, 'nodes');
    await converse('after');
    assert.deepEqual(await leftovers(), before);
    await until(() => timers.alive() <= timersBefore, `no more than ${timersBefore} timers`);
    timers.stop();
  });

  it('closes its address when the flow goes', async () => {
    await nodeRed.deploy([{ id: 'empty', type: 'tab', label: 'empty' }], 'full');
    const { status } = await portal.sendRaw(`${nodeRed.url}/bitrix24/events`, 'event=x', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    assert.equal(status, 404);
  });

  it('reports two nodes that want the same events on both, and answers once', async () => {
    const second = {
      id: 'second-in',
      type: 'bitrix-in',
      z: 'bitlane-echo-flow',
      name: 'rival',
      portal: 'bitlane-portal',
      bot: 'bitlane-bot',
      wires: [['bitlane-echo-answer'], []],
    };
    const logged = nodeRed.log.length;
    // Without a Catch node, which would take the errors before they come to the log.
    const flow = echoFlow().filter((node) => textAt(node, 'type') !== 'catch');
    await nodeRed.deploy([...flow, second], 'full');
    const reported = nodeRed.log.slice(logged).filter((entry) => entry.includes('same bot'));
    assert.ok(reported.some((entry) => entry.includes('second-in')));
    assert.ok(reported.some((entry) => entry.includes('bitlane-echo-in')));
    await converse('once');
    await portal.settled();
    assert.equal(portal.messages(chat).filter(({ text }) => text === 'You wrote: once').length, 1);
  });

  it('has shown no secret in its log', () => {
    // The rivals' quarrel at least: an empty log would show nothing.
    assert.ok(nodeRed.log.length > 0);
    const secrets = [BOT_TOKEN, portal.state.webhook.secret, portal.applicationToken(bot)];
    for (const secret of secrets) assert.ok(!nodeRed.log.join('\n').includes(secret));
  });

  const replyNode = (): object =>
    echoFlow().find((node) => textAt(node, 'id') === 'bitlane-echo-reply') ?? assert.fail('no reply node');

  /** As the editor sends them when nobody has touched them: a config node with credentials in it counts as changed. */
  function withoutCredentials(flow: object[]): object[] {
    return flow.map((node) =>
      Object.fromEntries(Object.entries(node).filter(([property]) => property !== 'credentials')),
    );
  }

  interface Leftovers {
    routes: number;
    listeners: number;
    ofProcess: Record<string, number>;
    users: Record<string, string[]>;
  }

  async function leftovers(): Promise<Leftovers> {
    await portal.settled();
    const stack: unknown = Reflect.get(Object(Reflect.get(nodeRed.httpNode, '_router')), 'stack');
    const events = process.eventNames();
    return {
      routes: Array.isArray(stack) ? stack.length : assert.fail('Express keeps its routes elsewhere now'),
      listeners: nodeRed.server.listenerCount('request'),
      ofProcess: Object.fromEntries(events.map((name) => [String(name), process.listenerCount(name)])),
      users: Object.fromEntries(['bitlane-portal', 'bitlane-bot'].map((id) => [id, usersOf(id)])),
    };
  }

  function usersOf(id: string): string[] {
    // Node-RED has it, its types do not.
    const getNode: unknown = Reflect.get(RED.nodes, 'getNode');
    const node: unknown = typeof getNode === 'function' ? Reflect.apply(getNode, RED.nodes, [id]) : undefined;
    return keysAt(node, 'users').sort();
  }
});

/** Node's own list of what is active leaves out the timers that do not keep it alive. */
function watchTimers(): { alive: () => number; stop: () => void } {
  const alive = new Set<number>();
  const hook = createHook({
    init: (id, kind) => void (kind === 'Timeout' && alive.add(id)),
    destroy: (id) => void alive.delete(id),
  }).enable();
  return { alive: () => alive.size, stop: () => void hook.disable() };
}
