import assert from 'node:assert/strict';
import type { Portal } from '../../../sandbox/bitrix24';
import { at, servers, token, viaApp, viaWebhook } from './support';

const start = servers();

const properties = { name: 'Helper' };

async function refused(portal: Portal, method: string, params: object): Promise<string> {
  const { status, error } = await viaWebhook(portal, `imbot.v2.${method}`, params);
  return `${status} ${typeof error === 'string' ? error : 'no error'}`;
}

describe('sandbox portal: bots of the second generation', () => {
  it('registers a bot once, and a repetition changes nothing', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const fields = {
      code: 'helper',
      botToken: token,
      properties,
      eventMode: 'webhook',
      webhookUrl: handler.url,
    };
    const first = await viaWebhook(portal, 'imbot.v2.Bot.register', { fields });
    const bot = at(first.result, 'bot');
    assert.equal(at(bot, 'eventMode'), 'webhook');
    assert.equal(at(bot, 'webhookUrl'), undefined);
    assert.equal(at(first.result, 'users', 0, 'name'), 'Helper');
    const changed = { ...fields, webhookUrl: 'https://elsewhere.example/in', properties: { name: 'Other' } };
    const second = await viaWebhook(portal, 'imbot.v2.Bot.register', { fields: changed });
    assert.deepEqual(at(second.result, 'bot'), bot);
    assert.deepEqual(portal.state.bots.get(Number(at(bot, 'id')))?.handlerUrls, [handler.url]);
    assert.equal(at(second.result, 'users', 0, 'name'), 'Helper');
  });

  it('wants the token inside the fields when registering', async () => {
    const portal = await start.portal();
    const register = (extra: object, outside: object = {}): Promise<string> =>
      refused(portal, 'Bot.register', { ...outside, fields: { code: 'a', properties, ...extra } });
    assert.equal(await register({}, { botToken: token }), '400 BOT_TOKEN_NOT_SPECIFIED');
    assert.equal(await register({ botToken: 'x'.repeat(41) }), '400 BOT_TOKEN_INVALID_LENGTH');
    assert.equal(await register({ botToken: token, code: '' }), '400 BOT_CODE_REQUIRED');
    assert.equal(await register({ botToken: token, properties: {} }), '400 BOT_PROPERTIES_REQUIRED');
    assert.equal(await register({ botToken: token, type: 'human' }), '400 BOT_INVALID_TYPE');
    assert.equal(await register({ botToken: token, eventMode: 'push' }), '400 BOT_INVALID_EVENT_MODE');
    assert.equal(await register({ botToken: token, eventMode: 'webhook' }), '400 BOT_WEBHOOK_URL_REQUIRED');
    const plain = { botToken: token, eventMode: 'webhook', webhookUrl: 'http://flows.example/in' };
    assert.equal(await register(plain), '400 BOT_INVALID_CALLBACK');
    const avatar = { ...properties, avatar: 'data:image/png;base64,AAAA' };
    assert.equal(await register({ botToken: token, properties: avatar }), '400 BOT_AVATAR_INCORRECT_TYPE');
  });

  it('wants the token outside, the id and the right owner elsewhere', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const send = (params: object): Promise<string> => refused(portal, 'Chat.Message.send', params);
    assert.equal(await send({ botId: bot.id, fields: { botToken: token } }), '400 BOT_TOKEN_NOT_SPECIFIED');
    assert.equal(await send({ botToken: token }), '400 BOT_ID_REQUIRED');
    assert.equal(await send({ botToken: token, botId: 9999 }), '400 BOT_NOT_FOUND');
    assert.equal(await send({ botToken: 'other', botId: bot.id }), '403 BOT_OWNERSHIP_ERROR');
    const taken = { fields: { code: 'helper', botToken: 'other', properties } };
    assert.equal(await refused(portal, 'Bot.register', taken), '400 BOT_CODE_ALREADY_TAKEN');
  });

  it('takes a v1 bot for somebody else’s, unless told otherwise', async () => {
    const strict = await start.portal();
    const lenient = await start.portal({ v2MethodsForV1Bots: true });
    const get = async (portal: Portal): Promise<string> => {
      const bot = portal.addBot({ api: 'v1', botToken: 'client-1' });
      return refused(portal, 'Bot.get', { botId: bot.id, botToken: 'client-1' });
    };
    assert.equal(await get(strict), '403 BOT_OWNERSHIP_ERROR');
    assert.equal(await get(lenient), '200 no error');
  });

  it('updates the address, the mode and the token', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const bot = portal.addBot({ webhookUrl: 'https://old.example/in' });
    const call = { botId: bot.id, botToken: token };
    await viaWebhook(portal, 'imbot.v2.Bot.update', { ...call, fields: { webhookUrl: handler.url } });
    assert.deepEqual(bot.handlerUrls, [handler.url]);
    const before = portal.applicationToken(bot);
    await viaWebhook(portal, 'imbot.v2.Bot.update', { ...call, fields: { botToken: 'new-token' } });
    assert.notEqual(portal.applicationToken(bot), before);
    assert.equal(await refused(portal, 'Bot.get', call), '403 BOT_OWNERSHIP_ERROR');
    const fetching = { botId: bot.id, botToken: 'new-token', fields: { eventMode: 'fetch' } };
    const { result } = await viaWebhook(portal, 'imbot.v2.Bot.update', fetching);
    assert.equal(at(result, 'bot', 'eventMode'), 'fetch');
    assert.deepEqual(bot.handlerUrls, []);
    const tooLong = { ...fetching, fields: { botToken: 'x'.repeat(41) } };
    assert.equal(await refused(portal, 'Bot.update', tooLong), '400 BOT_TOKEN_ROTATION_FAILED');
  });

  it('leaves old addresses subscribed when an app has several bots', async () => {
    const portal = await start.portal({ app: {} });
    const { token: access } = portal.issueTokens();
    const bot = portal.addBot({ byApp: true, code: 'one', webhookUrl: 'https://old.example/in' });
    portal.addBot({ byApp: true, code: 'two', webhookUrl: 'https://old.example/in' });
    const fields = { webhookUrl: 'https://new.example/in' };
    const { status } = await viaApp(portal, access, 'imbot.v2.Bot.update', { botId: bot.id, fields });
    assert.equal(status, 200);
    assert.deepEqual(bot.handlerUrls, ['https://old.example/in', 'https://new.example/in']);
  });

  it('gets, lists and unregisters', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const bot = portal.addBot({ webhookUrl: handler.url });
    portal.addBot({ code: 'foreign', botToken: 'other' });
    assert.equal(await refused(portal, 'Bot.get', { botToken: token }), '400 PARAMS_REQUIRED');
    const byCode = await viaWebhook(portal, 'imbot.v2.Bot.get', { botToken: token, code: 'helper' });
    assert.equal(at(byCode.result, 'bot', 'id'), bot.id);
    const list = await viaWebhook(portal, 'imbot.v2.Bot.list', { botToken: token, limit: 1 });
    assert.equal(at(list.result, 'hasNextPage'), true);
    const gone = await viaWebhook(portal, 'imbot.v2.Bot.unregister', { botId: bot.id, botToken: token });
    assert.equal(at(gone.result, 'result'), true);
    await portal.settled();
    assert.equal(at(handler.heard[0]?.form, 'event'), 'ONIMBOTV2DELETE');
    assert.equal(await refused(portal, 'Bot.get', { botToken: token, botId: bot.id }), '400 BOT_NOT_FOUND');
  });
});

describe('sandbox portal: commands of the second generation', () => {
  it('registers once per name, and refuses what is not well formed', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const call = { botId: bot.id, botToken: token };
    const register = (fields: object): Promise<string> =>
      refused(portal, 'Command.register', { ...call, fields });
    const flat = { ...call, command: 'help', title: { en: 'Help' } };
    assert.equal(await refused(portal, 'Command.register', flat), '400 COMMAND_REQUIRED');
    assert.equal(await register({ command: '/help', title: { en: 'Help' } }), '400 COMMAND_NAME_INVALID');
    assert.equal(await register({ command: 'help' }), '400 COMMAND_TITLE_REQUIRED');
    const fields = { command: 'help', title: { en: 'Help', de: 'Hilfe' }, params: { en: 'topic' } };
    const first = await viaWebhook(portal, 'imbot.v2.Command.register', { ...call, fields });
    assert.equal(at(first.result, 'command', 'command'), '/help');
    const second = await viaWebhook(portal, 'imbot.v2.Command.register', { ...call, fields });
    assert.deepEqual(second.result, first.result);
    const commandId = at(first.result, 'command', 'id');
    const update = { ...call, commandId, fields: { title: { de: null }, params: { en: 'ignored' } } };
    await viaWebhook(portal, 'imbot.v2.Command.update', update);
    assert.deepEqual(portal.state.commands.get(Number(commandId))?.title, { en: 'Help' });
    const { result } = await viaWebhook(portal, 'imbot.v2.Command.list', call);
    assert.deepEqual(
      [at(result, 'commands', 0, 'title'), at(result, 'commands', 0, 'params')],
      ['Help', 'topic'],
    );
    await viaWebhook(portal, 'imbot.v2.Command.unregister', { ...call, commandId });
    assert.equal(
      await refused(portal, 'Command.unregister', { ...call, commandId }),
      '400 COMMAND_NOT_FOUND',
    );
  });

  it('answers a command in its chat, and elsewhere as the system', async () => {
    const portal = await start.portal();
    const bot = portal.addBot({ type: 'bot', commands: [{ command: 'help', common: true }] });
    const inside = portal.privateChat(undefined, bot);
    const outside = portal.groupChat({ bots: [] });
    for (const chat of [inside, outside]) {
      const { message } = await portal.command(chat, { name: 'help' });
      const call = { botId: bot.id, botToken: token, commandId: 103, messageId: message?.id };
      const wrongChat = { ...call, dialogId: 'chat1', fields: { message: 'x' } };
      assert.equal(await refused(portal, 'Command.answer', wrongChat), '400 COMMAND_ANSWER_FAILED');
      const answer = { ...call, dialogId: portal.dialogId(chat), fields: { message: 'Here' } };
      const { result } = await viaWebhook(portal, 'imbot.v2.Command.answer', answer);
      assert.deepEqual(result, { result: true });
    }
    assert.deepEqual(
      [portal.messages(inside).at(-1)?.author, portal.messages(outside).at(-1)?.author],
      ['bot', 'system'],
    );
  });
});

describe('sandbox portal: fetch mode', () => {
  it('repeats events until an offset confirms them', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const call = { botId: bot.id, botToken: token };
    const get = async (params: object = {}): Promise<unknown[]> => {
      const { result } = await viaWebhook(portal, 'imbot.v2.Event.get', { ...call, ...params });
      const events = at(result, 'events');
      const ids = Array.isArray(events) ? events.map((event: unknown) => at(event, 'eventId')) : [];
      return [ids, at(result, 'nextOffset'), at(result, 'hasMore')];
    };
    assert.deepEqual(await get(), [[], 0, false]);
    const chat = portal.openChannel();
    for (const text of ['one', 'two', 'three']) await portal.clientSays(chat, text);
    assert.deepEqual(await get({ limit: 2 }), [[1001, 1002], 1003, true]);
    assert.deepEqual(await get({ offset: 0 }), [[1001, 1002, 1003], 1004, false]);
    assert.deepEqual(await get({ offset: 1003 }), [[1003], 1004, false]);
    assert.deepEqual(await get(), [[1003], 1004, false]);
    assert.deepEqual(await get({ offset: 1004 }), [[], 1004, false]);
  });

  it('refuses wrong limits, foreign bots, user events and bots in webhook mode', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const hooked = portal.addBot({ code: 'hooked', webhookUrl: 'https://flows.example/in' });
    const get = (params: object): Promise<string> =>
      refused(portal, 'Event.get', { botToken: token, ...params });
    assert.equal(await get({ botId: bot.id, limit: 1001 }), '400 ERROR_ARGUMENT');
    assert.equal(await get({ botId: bot.id, botToken: 'other' }), '403 BOT_OWNERSHIP_ERROR');
    assert.equal(await get({ botId: bot.id, withUserEvents: true }), '400 USER_NOT_SUBSCRIBED');
    assert.equal(await get({ botId: hooked.id }), '400 BOT_INVALID_EVENT_MODE');
    assert.equal(at((await viaWebhook(portal, 'imbot.v2.Revision.get')).result, 'rest'), 36);
  });
});
