import assert from 'node:assert/strict';
import { join } from 'node:path';
import { entriesAt, textAt } from '../../lib/core/fields';
import { startPortal, type Bot, type Chat, type Portal } from '../../sandbox/bitrix24';
import { readJson, root } from '../../scripts/pack.cjs';
import { until } from '../support/until';
import { embedNodeRed, type EmbeddedNodeRed } from '../support/embedded-node-red';

const BOT_TOKEN = 'marker-bot-token';

describe('the echo flow in a real Node-RED', function () {
  this.timeout(60_000);
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

  it('leaves no route, listener or timer behind in 50 deploys of every kind', async () => {
    await nodeRed.deploy(echoFlow(), 'full');
    await converse('before');
    const before = await leftovers();
    for (let round = 0; round < 50; round += 1) {
      const changed = {
        'bitlane-echo-in': { name: `round ${round}` },
        'bitlane-bot': { name: `round ${round}` },
      };
      await nodeRed.deploy(echoFlow(changed), (['full', 'nodes', 'flows'] as const)[round % 3] ?? 'full');
    }
    const { timers, ...others } = await leftovers();
    const { timers: timersBefore, ...othersBefore } = before;
    assert.deepEqual(others, othersBefore);
    assert.ok(timers <= timersBefore, `${timers} timers, before ${timersBefore}`);
    await converse('after');
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
    nodeRed.log.length = 0;
    // Without a Catch node, which would take the errors before they come to the log.
    const flow = echoFlow().filter((node) => textAt(node, 'type') !== 'catch');
    await nodeRed.deploy([...flow, second], 'full');
    const reported = nodeRed.log.filter((entry) => entry.includes('same bot'));
    assert.ok(reported.some((entry) => entry.includes('second-in')));
    assert.ok(reported.some((entry) => entry.includes('bitlane-echo-in')));
    await converse('once');
    await portal.settled();
    assert.equal(portal.messages(chat).filter(({ text }) => text === 'You wrote: once').length, 1);
  });

  it('has shown no secret in its log', () => {
    const secrets = [BOT_TOKEN, portal.state.webhook.secret, portal.applicationToken(bot)];
    for (const secret of secrets) assert.ok(!nodeRed.log.join('\n').includes(secret));
  });

  async function leftovers(): Promise<{ routes: number; listeners: number; timers: number }> {
    await portal.settled();
    const stack: unknown = Reflect.get(Object(Reflect.get(nodeRed.httpNode, '_router')), 'stack');
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    return {
      routes: Array.isArray(stack) ? stack.length : assert.fail('Express keeps its routes elsewhere now'),
      listeners: nodeRed.server.listenerCount('request'),
      timers,
    };
  }
});
