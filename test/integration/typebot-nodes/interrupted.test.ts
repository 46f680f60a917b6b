import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { startTypebot, type Typebot } from '../../../sandbox/typebot';
import { until } from '../../support/until';
import { answersIn, botOn, say, useScene } from '../bitrix24-nodes/scene';
import { shippedFlow, variablesFor } from './shipped';

const quiet = { 'bitrix-imbot-reply': { typing: false } };

describe('a deploy while Typebot is at work, in a real Node-RED', function () {
  const scene = useScene();
  let typebot: Typebot;
  let portal: Portal;
  let chat: Chat;
  let variables: Record<string, string> = {};

  beforeEach(async () => {
    typebot = await startTypebot();
    portal = await scene.portal({ plan: 'enterprise' });
    variables = variablesFor(portal, typebot, { publicUrl: scene.red.url, bot: 'choice' });
    Object.assign(process.env, variables);
    await scene.deployReady(shippedFlow(quiet), ['bitlane-bot']);
    chat = portal.openChannel({ bots: [botOn(portal)] });
  });
  afterEach(async () => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    await typebot.stop();
  });

  const answers = (pattern: RegExp): number =>
    answersIn(portal, chat).filter((text) => pattern.test(text)).length;
  const untilAnswered = (pattern: RegExp): Promise<void> =>
    until(() => answers(pattern) > 0, `${String(pattern)}; it said ${answersIn(portal, chat).join(' | ')}`);
  const callsWith = (text: string): number =>
    typebot.requests.filter(({ body }) => textAt(body, 'message', 'text') === text).length;

  async function deployWhileAtWork(text: string): Promise<void> {
    const gate = typebot.hold('choice');
    await say(portal, chat, text);
    await typebot.untilRequest(({ body }) => textAt(body, 'message', 'text') === text);
    await scene.deployReady(shippedFlow(quiet), ['bitlane-bot']);
    gate.open();
  }

  it('hands the first message out again, and it is answered once', async () => {
    await deployWhileAtWork('Hi');
    await untilAnswered(/Sales or support\?/);
    await say(portal, chat, 'Sales');
    await untilAnswered(/You chose Sales/);
    assert.equal(answers(/Sales or support\?/), 1);
    assert.equal(callsWith('Hi'), 2);
  });

  it('hands an answer out again, once, and the conversation goes on', async () => {
    await say(portal, chat, 'Hi');
    await untilAnswered(/Sales or support\?/);
    await deployWhileAtWork('Sales');
    await untilAnswered(/How many\?/);
    await say(portal, chat, 'Two');
    await untilAnswered(/Two it is/);
    assert.equal(answers(/You chose Sales/), 1);
    assert.equal(callsWith('Sales'), 2);
    const asked = scene.watch
      .heard('bitlane-typebot-ask')
      .map((message) => at(message, 'bitrix', 'redelivered'));
    assert.deepEqual(asked, [true, false]);
    assert.equal(typebot.sessions.length, 1);
  });

  it('does not say again what the bot has heard all the same, and asks what the bot asks now', async () => {
    await say(portal, chat, 'Hi');
    await untilAnswered(/Sales or support\?/);
    typebot.script('choice', { on: 'continue', runs: true, silent: true });
    await say(portal, chat, 'Sales');
    await until(() => typebot.sessionOf('choice').state.variables['TOPIC'] === 'Sales', 'the bot to hear it');
    await scene.deployReady(shippedFlow(quiet), ['bitlane-bot']);
    await untilAnswered(/Please choose from what is offered/);
    await say(portal, chat, 'Two');
    await untilAnswered(/Two it is/);
    assert.equal(callsWith('Sales'), 1);
    assert.equal(answers(/Invalid message/), 0);
    assert.equal(typebot.sessions.length, 1);
  });
});
