import assert from 'node:assert/strict';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { manualClock } from '../../support/manual-clock';
import { at, servers, token, viaWebhook, type RestAnswer } from './support';

const start = servers();

interface Scene {
  portal: Portal;
  bot: Bot;
  chat: Chat;
  call: (method: string, params?: object) => Promise<RestAnswer>;
  refused: (method: string, params?: object) => Promise<string>;
}

async function scene(): Promise<Scene> {
  const portal = await start.portal({ limits: 'off' });
  const bot = portal.addBot({ commands: [{ command: 'operator', extranet: true }] });
  const chat = portal.openChannel();
  const call: Scene['call'] = (method, params = {}) =>
    viaWebhook(portal, `imbot.v2.${method}`, {
      botId: bot.id,
      botToken: token,
      dialogId: `chat${chat.id}`,
      ...params,
    });
  const refused: Scene['refused'] = async (method, params) => {
    const { status, error } = await call(method, params);
    return `${status} ${typeof error === 'string' ? error : 'no error'}`;
  };
  return { portal, bot, chat, call, refused };
}

describe('sandbox portal: messages of the second generation', () => {
  it('shows a sent message, and says what reaches the client', async () => {
    const { portal, bot, chat, call } = await scene();
    const { result } = await call('Chat.Message.send', { fields: { message: 'hello', urlPreview: false } });
    assert.deepEqual(at(result, 'uuidMap'), {});
    await call('Chat.Message.send', { fields: { message: 'note', system: true } });
    await call('Chat.Message.send', { fields: { message: 'hint', skipConnector: true } });
    const seen = portal
      .messages(chat)
      .map(({ author, text, system, reachesClient }) => [author, text, system, reachesClient]);
    assert.deepEqual(seen, [
      ['bot', 'hello', false, true],
      ['system', 'note', true, false],
      ['bot', 'hint', false, false],
    ]);
    assert.equal(portal.messages(chat)[0]?.id, at(result, 'id'));
    assert.equal(portal.messages(chat)[0]?.urlPreview, false);
    await portal.settled();
    assert.deepEqual(bot.queue, []);
  });

  it('refuses empty texts, foreign chats and other names of a chat', async () => {
    const { portal, bot, chat, refused } = await scene();
    const fields = { message: 'hello' };
    assert.equal(await refused('Chat.Message.send', { fields: { message: '  ' } }), '400 EMPTY_MESSAGE');
    assert.equal(await refused('Chat.Message.send', { message: 'flat' }), '400 ERROR_ARGUMENT');
    assert.equal(
      await refused('Chat.Message.send', { fields, dialogId: String(chat.id) }),
      '403 ACCESS_DENIED',
    );
    assert.equal(await refused('Chat.Message.send', { fields, dialogId: 'chat9999' }), '403 ACCESS_DENIED');
    assert.equal(await refused('Chat.Message.send', { fields, dialogId: '' }), '400 ERROR_ARGUMENT');
    const foreign = portal.groupChat({ bots: [] });
    assert.equal(
      await refused('Chat.Message.send', { fields, dialogId: `chat${foreign.id}` }),
      '403 ACCESS_DENIED',
    );
    chat.members.delete(bot.id);
    assert.equal(await refused('Chat.Message.send', { fields }), '403 ACCESS_DENIED');
    const user = portal.addUser();
    assert.equal(await refused('Chat.Message.send', { fields, dialogId: String(user.id) }), '200 no error');
    assert.equal(portal.messages(String(user.id)).length, 1);
  });

  it('cuts what is too long', async () => {
    const { portal, chat, call } = await scene();
    await call('Chat.Message.send', { fields: { message: 'a'.repeat(20_001) } });
    assert.equal(portal.messages(chat)[0]?.text.endsWith('a (...)'), true);
    assert.equal(portal.messages(chat)[0]?.text.length, 20_006);
  });

  it('checks keyboards and attachments', async () => {
    const { portal, chat, call, refused } = await scene();
    const send = (fields: object): Promise<string> =>
      refused('Chat.Message.send', { fields: { message: 'x', ...fields } });
    assert.equal(await send({ keyboard: [{ text: 'yes', action: 'SEND' }] }), '400 KEYBOARD_ERROR');
    assert.equal(
      await send({ keyboard: [{ TEXT: 'yes', ACTION: 'SHOUT', ACTION_VALUE: '1' }] }),
      '400 KEYBOARD_ERROR',
    );
    assert.equal(await send({ attach: 'no json' }), '400 ATTACH_ERROR');
    assert.equal(await send({ attach: [{ MESSAGE: 'a'.repeat(60_000) }] }), '400 ATTACH_OVERSIZE');
    const buttons = [
      { TEXT: 'Yes', ACTION: 'SEND', ACTION_VALUE: 'Yes, please' },
      { TYPE: 'NEWLINE' },
      { TEXT: 'Operator', COMMAND: 'operator', COMMAND_PARAMS: 'now' },
    ];
    await call('Chat.Message.send', {
      fields: { message: 'Sure?', keyboard: JSON.stringify({ BUTTONS: buttons }) },
    });
    const asked = portal.messages(chat)[0];
    assert.ok(asked);
    const pressed = await portal.press(asked, 'Yes');
    assert.deepEqual([pressed.message?.author, pressed.message?.text], ['client', 'Yes, please']);
    await portal.press(asked, 'Operator');
    const queued = portal.state.bots.values().next().value?.queue.at(-1);
    assert.equal(queued?.type, 'ONIMBOTV2COMMANDADD');
    assert.deepEqual(at(queued, 'data', 'command'), {
      id: 103,
      command: '/operator',
      params: 'now',
      context: 'keyboard',
    });
    assert.equal(at(queued, 'data', 'message', 'id'), asked.id);
  });

  it('edits and deletes only what is the bot’s own', async () => {
    const { portal, chat, call, refused } = await scene();
    const { message: foreign } = await portal.clientSays(chat, 'mine');
    const own = at((await call('Chat.Message.send', { fields: { message: 'first' } })).result, 'id');
    const system = at(
      (await call('Chat.Message.send', { fields: { message: 'note', system: true } })).result,
      'id',
    );
    const fields = { message: 'second' };
    assert.equal(
      await refused('Chat.Message.update', { messageId: foreign?.id, fields }),
      '403 ACCESS_DENIED',
    );
    assert.equal(await refused('Chat.Message.update', { messageId: system, fields }), '403 ACCESS_DENIED');
    const preview = { messageId: own, fields: { urlPreview: false } };
    assert.equal(await refused('Chat.Message.update', preview), '400 ERROR_ARGUMENT');
    const { result } = await call('Chat.Message.update', { messageId: own, fields });
    assert.deepEqual(result, { result: true });
    assert.equal(portal.messages(chat)[1]?.text, 'second');
    assert.equal(await refused('Chat.Message.delete', { messageId: foreign?.id }), '403 ACCESS_DENIED');
    await call('Chat.Message.delete', { messageId: own });
    assert.deepEqual(
      portal.messages(chat).map((message) => message.text),
      ['mine', 'note'],
    );
  });

  it('knows reactions, reading and the chat', async () => {
    const { portal, chat, call, refused } = await scene();
    const { message } = await portal.clientSays(chat, 'hi');
    const react = { messageId: message?.id, reaction: 'like' };
    assert.equal(
      await refused('Chat.Message.Reaction.add', { ...react, reaction: 'nope' }),
      '400 REACTION_NOT_FOUND',
    );
    assert.equal(await refused('Chat.Message.Reaction.add', react), '200 no error');
    assert.equal(await refused('Chat.Message.Reaction.add', react), '400 REACTION_ALREADY_SET');
    const read = await call('Chat.Message.read');
    assert.deepEqual(
      [at(read.result, 'chatId'), at(read.result, 'lastId'), at(read.result, 'counter')],
      [chat.id, message?.id, 0],
    );
    const got = await call('Chat.get');
    assert.equal(at(got.result, 'chat', 'entityType'), 'LINES');
    assert.equal(at(got.result, 'chat', 'role'), 'member');
    assert.equal(await refused('Chat.Message.get', { messageId: message?.id }), '403 BOT_TYPE_NOT_ALLOWED');
  });

  it('lets a supervisor read back', async () => {
    const portal = await start.portal();
    const bot = portal.addBot({ type: 'supervisor' });
    const chat = portal.groupChat();
    const said = [];
    for (const text of ['a', 'b', 'c']) said.push((await portal.clientSays(chat, text)).message);
    const call = { botId: bot.id, botToken: token, messageId: said[1]?.id, range: 1 };
    const { result } = await viaWebhook(portal, 'imbot.v2.Chat.Message.getContext', call);
    const messages = at(result, 'messages');
    assert.deepEqual(Array.isArray(messages) && messages.map((message: unknown) => at(message, 'text')), [
      'a',
      'b',
      'c',
    ]);
    assert.equal(bot.queue.length, 3);
  });

  it('shows the typing mark until a message comes or its time is over', async () => {
    const clock = manualClock(1_800_000_000_000);
    const portal = await start.portal({ clock });
    const bot = portal.addBot();
    const chat = portal.openChannel();
    const call = { botId: bot.id, botToken: token, dialogId: `chat${chat.id}` };
    const notify = (extra: object = {}): Promise<RestAnswer> =>
      viaWebhook(portal, 'imbot.v2.Chat.InputAction.notify', { ...call, ...extra });
    assert.equal((await notify({ duration: 601 })).error, 'ERROR_ARGUMENT');
    assert.equal((await notify({ statusMessageCode: 'THINKING' })).error, 'ERROR_ARGUMENT');
    await notify({ statusMessageCode: 'IMBOT_AGENT_ACTION_THINKING', duration: 5 });
    assert.equal(portal.typing(chat)[0]?.code, 'IMBOT_AGENT_ACTION_THINKING');
    await clock.advance(5000);
    assert.deepEqual(portal.typing(chat), []);
    await notify();
    await viaWebhook(portal, 'imbot.v2.Chat.Message.send', { ...call, fields: { message: 'done' } });
    assert.deepEqual(portal.typing(chat), []);
  });

  it('makes group chats, and reads userIds only', async () => {
    const { portal, bot, call } = await scene();
    const user = portal.addUser();
    const { result } = await call('Chat.add', {
      fields: { title: 'Team', userIds: [user.id], users: [7], message: 'hi' },
    });
    const dialogId = String(at(result, 'chat', 'dialogId'));
    const members = await call('Chat.User.list', { dialogId });
    const listed = at(members.result, 'users');
    const ids = Array.isArray(listed) ? listed.map((one: unknown) => at(one, 'id')) : [];
    assert.deepEqual(ids, [user.id, bot.id]);
    await call('Chat.User.add', { dialogId, userIds: [7] });
    await call('Chat.Manager.add', { dialogId, userIds: [7] });
    await call('Chat.TextField.enabled', { dialogId, enabled: false });
    const got = await call('Chat.get', { dialogId });
    assert.equal(at(got.result, 'chat', 'textFieldEnabled'), false);
    await call('Chat.leave', { dialogId });
    assert.equal((await call('Chat.get', { dialogId })).error, 'ACCESS_DENIED');
    assert.deepEqual(
      portal.messages(dialogId).map((message) => message.text),
      ['hi'],
    );
  });
});
