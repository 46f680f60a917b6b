import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { at, entriesAt, flagAt, idAt, textAt } from '../../../lib/core/fields';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode, type Changes } from '../bitrix24-nodes/flow-parts';
import { answered, answersIn, botOn, say, sayWithin, useScene } from '../bitrix24-nodes/scene';

const echo = 'msg.payload = `You wrote: ${msg.payload}`; return msg;';
const quietEcho = { func: echo, reply: { typing: false } };
const onCanvas = { z: 'tab', x: 100, y: 100 };

describe('what Bitrix24 was told to be taken', function () {
  const scene = useScene();
  let portal: Portal;
  let bot: Bot;
  let chat: Chat;

  // Each with a limiter of its own.
  beforeEach(async () => {
    portal = await scene.portal();
  });

  async function deploy(
    func = echo,
    incoming: Changes = {},
    more: object[] = [],
    without: readonly string[] = [],
  ): Promise<void> {
    const nodes = botFlow(portalNode(portal), botNode(scene.red.url), {
      func,
      incoming,
      reply: { typing: false },
    }).filter((node) => !without.includes(textAt(node, 'id') ?? ''));
    await scene.deployReady([...nodes, ...more]);
    bot = botOn(portal);
    chat = portal.openChannel({ bots: [bot] });
  }

  const attempts = (nodeId: string): (number | undefined)[] =>
    scene.watch.heard(nodeId).map((message) => idAt(message, 'bitrix', 'attempt'));

  /** Holds every message until Node-RED is deployed, which throws it away. */
  const delay = {
    id: 'wait',
    ...onCanvas,
    type: 'delay',
    pauseType: 'delay',
    timeout: '60',
    timeoutUnits: 'seconds',
    wires: [['reply']],
  };

  it('survives a deploy in the middle of its flow, and says that it comes again', async () => {
    await deploy('return msg;', { wires: [['wait'], ['others']] }, [delay]);
    await say(portal, chat, 'hold this');
    await scene.heard('wait', 1);
    const flows = botFlow(portalNode(portal), botNode(scene.red.url), quietEcho);
    await scene.deploy(flows);
    assert.deepEqual(await answered(portal, chat, 1), ['You wrote: hold this']);
    const [again] = await scene.heard('think', 1);
    assert.deepEqual([flagAt(again, 'bitrix', 'redelivered'), idAt(again, 'bitrix', 'attempt')], [true, 2]);
  });

  it('is not answered twice when the flow is run again after its answer', async () => {
    await deploy(echo, {}, [
      { ...delay, wires: [] },
      { id: 'after', ...onCanvas, type: 'function', func: 'return msg;', outputs: 1, wires: [['wait']] },
    ]);
    const flows = (): object[] =>
      botFlow(portalNode(portal), botNode(scene.red.url), {
        func: echo,
        reply: { typing: false, wires: [['after']] },
      });
    await scene.deployReady([
      ...flows(),
      { ...delay, wires: [] },
      { id: 'after', ...onCanvas, type: 'function', func: 'return msg;', outputs: 1, wires: [['wait']] },
    ]);
    await say(portal, chat, 'once only');
    await answered(portal, chat, 1);
    await scene.heard('wait', 1);
    await scene.deploy(botFlow(portalNode(portal), botNode(scene.red.url), quietEcho));
    await scene.heard('said', 1);
    await say(portal, chat, 'and then');
    assert.deepEqual(await answered(portal, chat, 2), ['You wrote: once only', 'You wrote: and then']);
  });

  it('is tried again when the flow fails uncaught, and then put aside with its reason', async () => {
    await deploy("throw new Error('the shop is shut');", { attempts: 2 }, [], ['catch']);
    await say(portal, chat, 'hello');
    await until(
      () => scene.watch.status('in')?.includes('EVENT_DEAD') ?? false,
      'the status to say that an event was given up',
    );
    assert.deepEqual(attempts('think'), [1, 2]);

    const panel: unknown = await (await fetch(`${scene.red.url}/bitlane/panel`)).json();
    const [letter] = entriesAt(entriesAt(panel, 'stores')[0], 'letters');
    assert.match(textAt(letter, 'reason') ?? '', /the shop is shut/);
    const response = await fetch(`${scene.red.url}/bitlane/panel/replay`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ store: '', queue: textAt(letter, 'queue'), id: textAt(letter, 'id') }),
    });
    assert.equal(response.status, 200, await response.text());
    await scene.heard('think', 3);
    assert.deepEqual(attempts('think'), [1, 2, 3]);
  });

  it('is done when a Catch node has dealt with the error', async () => {
    await deploy("if (msg.payload === 'bad') throw new Error('no'); msg.payload = 'fine'; return msg;");
    await say(portal, chat, 'bad');
    await scene.heard('caught', 1);
    await say(portal, chat, 'good');
    assert.deepEqual(await answered(portal, chat, 1), ['fine']);
    assert.deepEqual(attempts('think'), [1, 1]);
  });

  it('is handled in order, one event of a dialog at a time, however long a flow takes', async () => {
    await deploy(
      'const wait = Math.random() * 40; setTimeout(() => { node.send(msg); node.done(); }, wait); return null;',
    );
    const texts = Array.from({ length: 20 }, (_, place) => `number ${place}`);
    for (const text of texts) await say(portal, chat, text);
    assert.deepEqual(await answered(portal, chat, 20), texts);
  });

  it('comes as one message when a person writes in a row, with the variables of BitBot', async () => {
    await deploy(echo, { batchSeconds: 1 });
    while (!(await sayWithin(1000, portal, chat, ['first', 'second'])))
      chat = portal.openChannel({ bots: [bot] });
    assert.deepEqual(await answered(portal, chat, 1), ['You wrote: first\nsecond']);
    const message = scene.watch.heard('think').at(-1);
    assert.equal(textAt(message, 'payload'), 'first\nsecond');
    assert.equal(textAt(message, 'inputs', 'MESSAGE_BATCH_SIZE'), '2');
    const batch: unknown = JSON.parse(textAt(message, 'inputs', 'MESSAGE_BATCH') ?? '');
    assert.deepEqual(batch, at(message, 'bitrix', 'batch'));
  });

  it('with "when the reply is sent" waits for a reply that comes by a way of its own', async () => {
    const func = "if (msg.letGo) return context.get('kept'); context.set('kept', msg); return null;";
    const letGo = (): void => scene.send('think', { letGo: true });
    await deploy(func, { finish: 'reply' });
    await say(portal, chat, 'one');
    await say(portal, chat, 'two');
    await scene.heard('think', 1);
    assert.equal(scene.watch.heard('think').length, 1);
    letGo();
    await scene.heard('think', 3);
    letGo();
    assert.deepEqual(await answered(portal, chat, 2), ['one', 'two']);
  });

  it('with "at once" lets the next message come while the flow of the first one runs', async () => {
    await deploy("if (msg.payload === 'slow') return null; return msg;", { finish: 'now' }, [delay]);
    await say(portal, chat, 'slow');
    await say(portal, chat, 'quick');
    assert.deepEqual(await answered(portal, chat, 1), ['quick']);
  });

  it('comes once although the portal sends it twice', async () => {
    await deploy();
    const { deliveries } = await portal.clientSays(chat, { text: 'twice', hold: true });
    const { body, headers } = portal.wireForm(deliveries[0] ?? assert.fail('nothing to send'));
    const send = async (): Promise<number> => (await portal.sendRaw(scene.eventsUrl, body, headers)).status;
    assert.deepEqual(await Promise.all([send(), send(), send()]), [200, 200, 200]);
    await say(portal, chat, 'the end');
    assert.deepEqual(await answered(portal, chat, 2), ['You wrote: twice', 'You wrote: the end']);
  });

  it('waits at the door during a deploy instead of being turned away', async () => {
    await deploy();
    const flows = botFlow(portalNode(portal), botNode(scene.red.url), quietEcho);
    const chats = Array.from({ length: 20 }, () => portal.openChannel({ bots: [bot] }));
    const deploying = scene.deploy(flows);
    await Promise.all(chats.map((one) => say(portal, one, 'in the middle')));
    await deploying;
    for (const one of chats) assert.deepEqual(await answered(portal, one, 1), ['You wrote: in the middle']);
  });
});

describe('an event that cannot be kept', function () {
  const scene = useScene();

  it('is answered with 503, so that the portal knows, and Node-RED says why', async () => {
    const portal = await scene.portal();
    const folder = join(scene.red.userDir, 'no folder at all');
    await (await import('node:fs/promises')).writeFile(folder, 'a file stands where the folder should be');
    const store = { id: 'store', type: 'bitlane-store', backend: 'embedded', folder };
    const bot = portal.addBot({
      code: 'helper',
      api: 'v2',
      botToken: 'bot-token-of-the-flow',
      webhookUrl: scene.eventsUrl,
    });
    await scene.deploy([
      store,
      ...botFlow(
        portalNode(portal, {
          store: 'store',
          credentials: { webhookUrl: portal.webhookUrl, applicationToken: portal.applicationToken(bot) },
        }),
        botNode('', { publicUrl: '' }),
        quietEcho,
      ),
    ]);
    const chat = portal.openChannel({ bots: [bot] });
    assert.equal((await portal.clientSays(chat, 'lost?')).status, 503);
    assert.deepEqual(answersIn(portal, chat), []);
    assert.ok(!existsSync(join(folder, 'anything')));
    await until(
      () => scene.watch.status('store')?.includes('STORE_UNAVAILABLE') ?? false,
      'the status of the store',
    );
  });
});
