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
  const scene = useScene();
  const variables: Record<string, string> = {};
  let dify: Dify;
  let portal: Portal;
  let chat: Chat;

  before(async () => {
    dify = await startDify({
      apps: [
        {
          name: 'chatflow',
          mode: 'advanced-chat',
          speechToText: ({ content }) => content.toString(),
          suggestedAfterAnswer: ['And the price?'],
        },
        {
          name: 'polite',
          mode: 'advanced-chat',
          openingStatement: 'Hello, {{FIRST_NAME}}!',
          suggestedQuestions: ['When do you open?'],
        },
        {
          name: 'short',
          mode: 'advanced-chat',
          form: [{ type: 'text-input', variable: 'CHAT_ENTITY_DATA_1' }],
        },
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

  /** A deploy in the middle of a flow has its event handed out, and Dify asked, once more. */
  async function untilFlowsEnd(): Promise<void> {
    for (;;) {
      const panel: unknown = await (await fetch(`${scene.red.url}/bitlane/panel`)).json();
      const busy = entriesAt(panel, 'readers').filter((reader) => at(reader, 'running') !== 0);
      if (busy.length === 0) return;
    }
  }

  it('1 Dify chatflow bot: a conversation that goes on, also after a deploy', async () => {
    await start('1 Dify chatflow bot');
    await say(portal, chat, 'Good morning');
    assert.match((await answered(portal, chat, 1))[0] ?? '', /You said: .*Good morning/);
    await untilFlowsEnd();
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

  it('1 Dify chatflow bot: a voice message is the question', async () => {
    await start('1 Dify chatflow bot');
    const bytes = Buffer.from('When do you open?');
    await say(portal, chat, { text: '', files: [{ name: 'voice.mp3', bytes }] });
    assert.match((await answered(portal, chat, 1))[0] ?? '', /You said: .*When do you open\?/);
    assert.equal(dify.runs.at(-1)?.turn.query, 'When do you open?');
  });

  it('1 Dify chatflow bot: the next message fills in a form, and its buttons come then', async () => {
    await start('1 Dify chatflow bot');
    dify.script('chatflow', {
      like: 'paused-with-text',
      form: { content: 'Shall it go out?\n\n{{#$output.comment#}}' },
    });
    await say(portal, chat, 'Order it');
    const [asked = ''] = await answered(portal, chat, 1);
    assert.match(asked, /Shall it go out\?$/);
    const runs = dify.runs.length;
    await say(portal, chat, 'With a red ribbon');
    const [, offered = ''] = await answered(portal, chat, 2);
    assert.match(offered, /With a red ribbon[^]*1\. Approve\n2\. Reject/);
    await say(portal, chat, '1');
    await answered(portal, chat, 3);
    const { submission } = dify.forms.at(-1) ?? assert.fail('no form');
    assert.deepEqual(
      [submission?.action.id, submission?.inputs],
      ['approve', { comment: 'With a red ribbon' }],
    );
    assert.equal(dify.runs.length, runs);
    await say(portal, chat, 'Thank you');
    await answered(portal, chat, 4);
    assert.equal(dify.runs.length, runs + 1);
  });

  it('1 Dify chatflow bot: greets who joins, and offers what could be asked next', async () => {
    process.env['DIFY_API_KEY'] = dify.app('polite').key;
    try {
      await start('1 Dify chatflow bot');
      const runs = dify.runs.length;
      await portal.join(chat, botOn(portal));
      assert.match((await answered(portal, chat, 1))[0] ?? '', /^Hello, .*!\n\n1\. When do you open\?$/);
      assert.equal(dify.runs.length, runs);
    } finally {
      process.env['DIFY_API_KEY'] = dify.app('chatflow').key;
    }
    await start('1 Dify chatflow bot');
    await say(portal, chat, 'What do you sell?');
    assert.match((await answered(portal, chat, 1))[0] ?? '', /What do you sell[^]*1\. And the price\?/);
  });

  it('says at the deploy which variable holds too little', async () => {
    process.env['DIFY_API_KEY'] = dify.app('short').key;
    try {
      await start('1 Dify chatflow bot');
      const said = '`CHAT_ENTITY_DATA_1` holds up to 48 characters in your Dify app; make it a paragraph.';
      await until(() => scene.red.log.some((entry) => entry.includes(said)), 'the warning');
    } finally {
      process.env['DIFY_API_KEY'] = dify.app('chatflow').key;
    }
  });

  it('2 Dify workflow bot: the next message fills in a form', async () => {
    await start('2 Dify workflow bot');
    const actions = [{ id: 'send', title: 'Send' }];
    dify.script('workflow', { like: 'paused-with-text', form: { actions } });
    await say(portal, chat, 'Order it');
    await answered(portal, chat, 1);
    const runs = dify.runs.length;
    await say(portal, chat, 'With a red ribbon');
    const [, done = ''] = await answered(portal, chat, 2);
    assert.match(done, /I ran with Order it/);
    assert.deepEqual(dify.forms.at(-1)?.submission?.inputs, { comment: 'With a red ribbon' });
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
      /Connected to the app "chatflow" \(chatflow, Dify 1\.14\.0\)\. ?\nIt is a chat app/,
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
    assert.match(wrong.message, /The app expects the variables: MESSAGE \(required\)/);
  });

  it('lets no key into the log', () => {
    const log = scene.red.log.join('\n');
    for (const secret of [dify.app('chatflow').key, dify.app('workflow').key])
      assert.ok(!log.includes(secret));
  });
});
