import assert from 'node:assert/strict';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode, type Changes } from './flow-parts';
import { answered, answersIn, botOn, say, sayWithin, useScene } from './scene';

/** Answers what it is told, and calls a person when it is asked to. */
const func = `
  if (msg.payload === 'person') { msg.handOver = { reason: 'asked' }; msg.payload = 'One moment'; return msg; }
  msg.payload = 'bot: ' + msg.payload;
  return msg;
`;

describe('a dialog of an Open Channel that a person takes over, in a real Node-RED', function () {
  const scene = useScene();
  let portal: Portal;
  let bot: Bot;
  let chat: Chat;

  async function deploy(incoming: Changes = {}, thought = func): Promise<void> {
    const nodes = [portalNode(portal), botNode(scene.red.url)] as const;
    await scene.deployReady(botFlow(...nodes, { func: thought, incoming, reply: { typing: false } }));
    bot = botOn(portal);
    chat = portal.openChannel({ bots: [bot] });
  }

  beforeEach(async () => {
    // The bot stays in the dialog and hears all of it.
    portal = await scene.portal({ lines: [{ id: 3, botLeft: 'close' }], plan: 'enterprise' });
  });

  async function operatorSays(text: string): Promise<void> {
    const operator = portal.state.users.get(7) ?? assert.fail('no operator');
    await say(portal, chat, { text, author: operator, to: [bot] });
  }

  /** Answers this when it is let go. */
  const held = (answer: string): string => `
    if (msg.letGo) { flow.set('isFree', true); return null; }
    const look = setInterval(() => {
      if (!flow.get('isFree')) return;
      clearInterval(look);
      msg.payload = '${answer}';
      node.send(msg);
      node.done();
    }, 5);
    return null;
  `;
  const letGo = (): void => scene.send('think', { letGo: true });

  /** What the bot answers in this dialog, once it has answered in another one that was begun later. */
  async function answersBy(): Promise<string[]> {
    const other = portal.openChannel({ bots: [bot] });
    await say(portal, other, 'the end');
    await answered(portal, other, 1);
    return answersIn(portal, chat);
  }

  it('is left alone from the first word of the person on', async () => {
    await deploy();
    await say(portal, chat, 'one');
    await answered(portal, chat, 1);
    await operatorSays('I will take it from here');
    await say(portal, chat, 'two');
    assert.deepEqual(await answersBy(), ['bot: one']);
  });

  it('gets no answer that was on its way', async () => {
    await deploy({}, held('late'));
    await say(portal, chat, 'one');
    await until(() => scene.watch.heard('think').length > 0, 'the flow to begin');
    await operatorSays('I will take it from here');
    letGo();
    assert.deepEqual(await answersBy(), []);
  });

  it('is left alone after the flow has given it away, also after a restart of the flows', async () => {
    await deploy();
    await say(portal, chat, 'person');
    await answered(portal, chat, 1);
    await until(() => typeof chat.openLine?.session?.operator === 'number', 'a person');
    const [before, dialog] = [bot, chat];
    await scene.deployReady(botFlow(portalNode(portal), botNode(scene.red.url), { func }));
    [bot, chat] = [before, dialog];
    chat.ownerId = 0;
    await say(portal, chat, { text: 'are you there?', to: [bot] });
    assert.deepEqual(await answersBy(), ['One moment']);
  });

  it('is the bot’s again when the client says the word', async () => {
    await deploy({ backWords: 'bot, robot' });
    await operatorSays('I will take it from here');
    await say(portal, chat, 'two');
    await say(portal, chat, 'Robot!');
    await answered(portal, chat, 1);
    await say(portal, chat, 'three');
    await answered(portal, chat, 2);
    assert.deepEqual(answersIn(portal, chat), ['bot: Robot!', 'bot: three']);
  });

  it('is the bot’s again some time after the last word of the person, also when the portal names an owner', async () => {
    await deploy({ backMinutes: 0.005 });
    portal.takeOver(chat);
    chat.ownerId = 7;
    await operatorSays('I will take it from here');
    for (let asked = 0; asked < 500 && answersIn(portal, chat).length === 0; asked += 1) {
      await say(portal, chat, { text: 'anybody?', to: [bot] });
    }
    assert.equal(answersIn(portal, chat)[0], 'bot: anybody?');
  });

  it('is answered in full once the bot is back, though the portal still names the person', async () => {
    await deploy(
      { backWords: 'bot' },
      `setTimeout(() => { msg.payload = 'bot: ' + msg.payload; node.send(msg); node.done(); }, 50);`,
    );
    portal.takeOver(chat);
    chat.ownerId = 7;
    await say(portal, chat, { text: 'bot', to: [bot] });
    for (const text of ['one', 'two', 'three']) await say(portal, chat, { text, to: [bot] });
    assert.deepEqual(await answered(portal, chat, 4), ['bot: bot', 'bot: one', 'bot: two', 'bot: three']);
  });

  it('is the bot’s again when the word is one of several quick messages', async () => {
    await deploy({ backWords: 'bot', batchSeconds: 0.3 });
    const quickMessages = async (): Promise<boolean> => {
      chat = portal.openChannel({ bots: [bot] });
      await operatorSays('I will take it from here');
      return sayWithin(300, portal, chat, ['Where is it?', 'bot']);
    };
    while (!(await quickMessages()));
    assert.deepEqual(await answered(portal, chat, 1), ['bot: Where is it?\nbot']);
  });

  it('gets a note to the staff although a person speaks there', async () => {
    await deploy();
    const nodes = [portalNode(portal), botNode(scene.red.url)] as const;
    const reply = { typing: false, as: 'system' };
    await scene.deployReady(botFlow(...nodes, { func: held('for the staff'), reply }));
    await say(portal, chat, 'one');
    await until(() => scene.watch.heard('think').length > 0, 'the flow to begin');
    await operatorSays('I will take it from here');
    letGo();
    assert.deepEqual(await answered(portal, chat, 1), ['for the staff']);
  });

  it('is answered by the bot when the setting is off', async () => {
    await deploy({ dropHandedOver: false });
    await operatorSays('I will take it from here');
    await say(portal, chat, 'two');
    await answered(portal, chat, 1);
    assert.deepEqual(answersIn(portal, chat), ['bot: two']);
  });
});
