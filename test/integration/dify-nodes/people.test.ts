import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesAt, textAt } from '../../../lib/core/fields';
import { root } from '../../../scripts/pack.cjs';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { startDify, type Dify } from '../../../sandbox/dify';
import { until } from '../../support/until';
import { BOT_TOKEN } from '../bitrix24-nodes/flow-parts';
import { answered, answersIn, botOn, say, useScene } from '../bitrix24-nodes/scene';

type Changes = Readonly<Record<string, object>>;

/** The shipped flow, with what a test changes in its nodes; `withoutCatch` takes the Catch node off. */
function shipped(changes: Changes, withoutCatch = false): object[] {
  const flow: unknown = JSON.parse(readFileSync(join(root, 'flows/BitBot/1 Dify chatflow bot.json'), 'utf8'));
  return entriesAt({ flow }, 'flow')
    .filter((node): node is object => typeof node === 'object')
    .filter((node) => !withoutCatch || textAt(node, 'type') !== 'catch')
    .map((node) => ({ ...node, ...changes[textAt(node, 'type') ?? ''] }));
}

describe('a Dify bot, its failures and people, in a real Node-RED', function () {
  const scene = useScene();
  const variables: Record<string, string> = {};
  let dify: Dify;
  let portal: Portal;
  let chat: Chat;

  before(async () => {
    dify = await startDify();
  });
  beforeEach(async () => {
    portal = await scene.portal({ plan: 'enterprise', lines: [{ id: 3, botLeft: 'close' }] });
    Object.assign(variables, {
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      BITRIX_BOT_TOKEN: BOT_TOKEN,
      PUBLIC_URL: scene.red.url,
      DIFY_BASE_URL: dify.baseUrl,
      DIFY_API_KEY: dify.app('chatflow').key,
    });
    Object.assign(process.env, variables);
  });
  after(async () => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    await dify.stop();
  });

  async function start(changes: Changes = {}, withoutCatch = false): Promise<void> {
    const quiet = { 'bitrix-imbot-reply': { typing: false }, ...changes };
    await scene.deployReady(shipped(quiet, withoutCatch), ['bitlane-bot']);
    chat = portal.openChannel({ bots: [botOn(portal)] });
  }

  it('stops the run when a person takes over while the answer streams, and says nothing of it', async () => {
    await start();
    const gate = dify.hold('chatflow', 'mid-stream');
    const runs = dify.runs.length;
    await say(portal, chat, 'Tell me a story');
    await gate.arrived;
    const operator = portal.state.users.get(7) ?? assert.fail('no operator');
    await say(portal, chat, { text: 'I will do it', author: operator, to: [botOn(portal)] });
    await until(() => dify.callsOf('stop').length > 0, 'the run to be stopped');
    gate.open();
    const other = portal.openChannel({ bots: [botOn(portal)] });
    await say(portal, other, 'the end');
    await answered(portal, other, 1);
    assert.deepEqual(answersIn(portal, chat), []);
    assert.equal(dify.runs.length, runs + 2);
  });

  it('says one sentence instead of the answer, brings a person, and shows what was wrong', async () => {
    await start({ 'dify-chatflow': { onFailure: 'operator', failureText: 'One moment please' } });
    dify.script('chatflow', 'failed-node');
    await say(portal, chat, 'Tell me a story');
    assert.deepEqual(await answered(portal, chat, 1), ['One moment please']);
    await until(() => typeof chat.openLine?.session?.operator === 'number', 'a person');
    const status = (): string => scene.watch.status('bitlane-chatflow-ask') ?? '';
    await until(() => status().includes('DIFY_'), 'the reason in the status');
    assert.deepEqual(scene.watch.heard('bitlane-chatflow-errors'), []);
  });

  it('says the sentence alone, and goes on with the next message', async () => {
    await start({ 'dify-chatflow': { onFailure: 'say', failureText: 'Please ask me again' } });
    dify.script('chatflow', 'failed-node');
    await say(portal, chat, 'One');
    await answered(portal, chat, 1);
    await say(portal, chat, 'Two');
    const [sorry, answer = ''] = await answered(portal, chat, 2);
    assert.equal(sorry, 'Please ask me again');
    assert.match(answer, /You said/);
    assert.notEqual(typeof chat.openLine?.session?.operator, 'number');
  });

  it('makes no second run of one that may have worked, also without a Catch node', async () => {
    await start({}, true);
    dify.script('chatflow', 'failed-node');
    const runs = dify.runs.length;
    await say(portal, chat, 'Order it');
    await until(
      () => scene.watch.status('bitlane-chatflow-in')?.includes('EVENT_DEAD') ?? false,
      'the event to be given up',
    );
    assert.equal(dify.runs.length, runs + 1);
  });

  it('tells Dify what people think of its answers', async () => {
    await start({
      'bitrix-in': {
        kinds: ['message', 'reaction'],
        wires: [['bitlane-chatflow-ask'], ['bitlane-chatflow-ask']],
      },
      'dify-chatflow': { feedback: true },
    });
    await say(portal, chat, 'How late is it?');
    await answered(portal, chat, 1);
    const answer = portal.messages(chat).find(({ sentByBot }) => sentByBot !== undefined) ?? assert.fail();
    const feedback = (): unknown => dify.messages.at(-1)?.feedback?.rating;
    await portal.reaction(answer, { reaction: 'fire' });
    await portal.reaction(answer, { reaction: 'like' });
    await until(() => feedback() === 'like', 'the praise');
    await portal.reaction(answer, { reaction: 'like', action: 'delete' });
    await until(() => feedback() === undefined, 'the praise to be taken back');
    await portal.reaction(answer, { reaction: 'dislike' });
    await until(() => feedback() === 'dislike', 'the blame');
    assert.equal(dify.callsOf('feedback').length, 3);
    assert.equal(answersIn(portal, chat).length, 1);
  });

  it('sends on what a Dify in one’s own network has drawn', async () => {
    await start();
    dify.script('chatflow', 'message-file');
    await say(portal, chat, 'Draw it');
    await until(() => portal.messages(chat).some(({ files }) => files.length > 0), 'the picture');
  });
});
