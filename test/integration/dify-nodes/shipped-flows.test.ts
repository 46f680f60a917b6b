import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { root } from '../../../scripts/pack.cjs';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { startDify, type Dify } from '../../../sandbox/dify';
import { until } from '../../support/until';
import { BOT_TOKEN } from '../bitrix24-nodes/flow-parts';
import { answered, botOn, say, useScene } from '../bitrix24-nodes/scene';

/** As somebody has it who imported the file and set the variables that its comment names. */
function shipped(name: string): object[] {
  const flow: unknown = JSON.parse(readFileSync(join(root, 'flows/BitBot', `${name}.json`), 'utf8'));
  return entriesAt({ flow }, 'flow').filter((node): node is object => typeof node === 'object');
}

describe('the shipped flows for Dify, in a real Node-RED', function () {
  this.timeout(20_000);
  const scene = useScene();
  const variables: Record<string, string> = {};
  let dify: Dify;
  let portal: Portal;
  let chat: Chat;

  before(async () => {
    dify = await startDify({
      apps: [
        { name: 'chatflow', mode: 'advanced-chat' },
        {
          name: 'workflow',
          mode: 'workflow',
          form: [{ type: 'paragraph', variable: 'MESSAGE', required: true }],
          brain: ({ inputs }) => ({
            pieces: [],
            outputs: { result: `I ran with ${String(inputs['MESSAGE'])}` },
          }),
        },
      ],
    });
    portal = await scene.portal();
    Object.assign(variables, {
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      BITRIX_BOT_TOKEN: BOT_TOKEN,
      PUBLIC_URL: scene.red.url,
      DIFY_BASE_URL: dify.baseUrl,
      DIFY_API_KEY: dify.app('chatflow').key,
      DIFY_WORKFLOW_API_KEY: dify.app('workflow').key,
    });
    Object.assign(process.env, variables);
  });
  after(async () => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    await dify.stop();
  });

  async function start(name: string): Promise<void> {
    await scene.deployReady(shipped(name), ['bitlane-bot']);
    chat = portal.openChannel({ bots: [botOn(portal)] });
  }

  it('1 Dify chatflow bot: a conversation that goes on, also after a deploy', async () => {
    await start('1 Dify chatflow bot');
    await say(portal, chat, 'Good morning');
    assert.match((await answered(portal, chat, 1))[0] ?? '', /You said: .*Good morning/);
    await scene.deployReady(shipped('1 Dify chatflow bot'), ['bitlane-bot']);
    await say(portal, chat, 'And now?');
    assert.match((await answered(portal, chat, 2))[1] ?? '', /I remember 1 earlier message/);
    const mine = dify.messages.filter(({ query }) => /Good morning|And now/.test(query));
    assert.equal(mine.length, 2);
    assert.equal(new Set(mine.map(({ conversation }) => conversation)).size, 1);
  });

  it('1 Dify chatflow bot: the files of the person reach the app', async () => {
    await start('1 Dify chatflow bot');
    const bytes = Buffer.from('What the person sent.\n');
    await say(portal, chat, { text: 'Look', files: [{ name: 'order.txt', bytes }] });
    assert.match((await answered(portal, chat, 1))[0] ?? '', /order\.txt/);
    const file = dify.files.at(-1);
    assert.equal(file?.name, 'order.txt');
    assert.deepEqual(file?.content, bytes);
    assert.equal(file?.user, dify.runs.at(-1)?.turn.user);
  });

  it('1 Dify chatflow bot: a button of a form goes on with the run that waits', async () => {
    await start('1 Dify chatflow bot');
    dify.script('chatflow', 'paused');
    await say(portal, chat, 'Order it');
    await until(() => dify.forms.length > 0, 'the form');
    await until(() => portal.messages(chat).some(({ text }) => /Shall the order/.test(text)), 'the question');
    await answered(portal, chat, 1);
    const runs = dify.runs.length;
    await say(portal, chat, 'Approve');
    await until(() => dify.forms.at(-1)?.status === 'submitted', 'the answer to reach Dify');
    assert.equal(dify.runs.length, runs);
  });

  it('2 Dify workflow bot: one run a message, with the variables of the event', async () => {
    await start('2 Dify workflow bot');
    await say(portal, chat, 'Good evening');
    assert.match((await answered(portal, chat, 1))[0] ?? '', /I ran with Good evening/);
    assert.equal(dify.runs.at(-1)?.turn.inputs['MESSAGE'], 'Good evening');
  });

  it('says at the Check button what the app is, in words', async () => {
    await start('1 Dify chatflow bot');
    const form = {
      id: 'bitlane-dify',
      baseUrl: '${DIFY_BASE_URL}',
      credentials: { apiKey: '${DIFY_API_KEY}' },
    };
    const { ok, message, raw, text } = await scene.act('dify-app', 'check', form);
    assert.equal(ok, true, message);
    assert.match(
      message,
      /Connected to the app "chatflow" \(advanced-chat, Dify 1\.14\.0\)\. ?\nIt is a chat app/,
    );
    assert.equal(textAt(at(raw, 'details'), 'label'), 'chatflow');
    assert.ok(!text.includes(dify.app('chatflow').key));
    const other = { ...form, credentials: { apiKey: dify.app('workflow').key } };
    const wrong = await scene.act('dify-app', 'check', other);
    assert.equal(wrong.ok, false);
    assert.match(
      wrong.message,
      /another kind of app than the node ask the chatflow \(dify-chatflow\) can run/,
    );
    assert.match(wrong.message, /It expects the variables: MESSAGE \(required\)/);
  });

  it('lets no key into the log', () => {
    const log = scene.red.log.join('\n');
    for (const secret of [dify.app('chatflow').key, dify.app('workflow').key])
      assert.ok(!log.includes(secret));
  });
});
