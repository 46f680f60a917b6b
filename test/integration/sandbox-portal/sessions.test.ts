import assert from 'node:assert/strict';
import type { Portal, PortalOptions } from '../../../sandbox/bitrix24';
import { at, servers, token, viaWebhook } from './support';

const start = servers();

async function scene(options?: PortalOptions) {
  const portal = await start.portal(options);
  const bot = portal.addBot();
  const chat = portal.openChannel();
  return { portal, bot, chat };
}

async function session(portal: Portal, method: string, params: object): Promise<unknown> {
  const { result, error } = await viaWebhook(portal, `imopenlines.bot.session.${method}`, params);
  return error ?? result;
}

describe('sandbox portal: sessions of an open channel', () => {
  it('hands over to the next operator, who then owns the dialog, and the bot leaves', async () => {
    const { portal, bot, chat } = await scene();
    assert.equal(await session(portal, 'operator', { CHAT_ID: `chat${chat.id}` }), 'CHAT_ID_EMPTY');
    assert.equal(await session(portal, 'operator', { CHAT_ID: 9999 }), 'WRONG_CHAT');
    assert.equal(await session(portal, 'operator', { CHAT_ID: chat.id }), true);
    assert.equal(await session(portal, 'operator', { CHAT_ID: chat.id }), 'WRONG_CHAT');
    assert.deepEqual([...chat.members], [chat.openLine?.clientId, 7]);
    const { result } = await viaWebhook(portal, 'imopenlines.dialog.get', { CHAT_ID: chat.id });
    assert.equal(at(result, 'owner'), 7);
    assert.deepEqual((await portal.clientSays(chat, 'hello?')).deliveries, []);
    const say = { botId: bot.id, botToken: token, dialogId: `chat${chat.id}`, fields: { message: 'late' } };
    assert.equal((await viaWebhook(portal, 'imbot.v2.Chat.Message.send', say)).error, 'ACCESS_DENIED');
  });

  it('lets a bot of a "close" line hear the operator too', async () => {
    const { portal, bot, chat } = await scene({ lines: [{ id: 3, botLeft: 'close' }] });
    portal.takeOver(chat, 9);
    const operator = portal.state.users.get(9);
    assert.ok(operator);
    const { deliveries } = await portal.clientSays(chat, { text: 'I am here', author: operator });
    assert.equal(deliveries.length, 1);
    assert.equal(at(bot.queue[0], 'data', 'chat', 'owner'), 9);
    assert.equal(at(bot.queue[0], 'data', 'user', 'connector'), false);
  });

  it('transfers to a person or a line, as the bot that the token names', async () => {
    const { portal, bot, chat } = await scene();
    const transfer = (params: object): Promise<unknown> =>
      session(portal, 'transfer', { CHAT_ID: chat.id, CLIENT_ID: token, ...params });
    assert.equal(await transfer({ CLIENT_ID: '', USER_ID: 9 }), 'BOT_ID_ERROR');
    assert.equal(await transfer({}), 'TRANSFER_ID_EMPTY');
    assert.equal(await transfer({ USER_ID: 0, QUEUE_ID: 4 }), 'USER_ID_EMPTY');
    assert.equal(await transfer({ QUEUE_ID: '' }), 'QUEUE_ID_EMPTY');
    assert.equal(await transfer({ USER_ID: bot.id }), 'OPERATOR_WRONG');
    assert.equal(await transfer({ USER_ID: chat.openLine?.clientId }), 'OPERATOR_WRONG');
    assert.equal(await transfer({ TRANSFER_ID: 'queue77' }), 'OPERATOR_WRONG');
    assert.equal(await transfer({ TRANSFER_ID: 'queue4', LEAVE: 'Y' }), true);
    assert.equal(chat.openLine?.lineId, 4);
    assert.equal(chat.members.has(bot.id), false);
  });

  it('closes a session, and the next message opens another in the same chat', async () => {
    const { portal, bot, chat } = await scene();
    const first = chat.openLine?.session?.id;
    assert.equal(await session(portal, 'finish', { CHAT_ID: chat.id }), 'BOT_ID_ERROR');
    assert.equal(await session(portal, 'finish', { CHAT_ID: chat.id, CLIENT_ID: token }), true);
    const { result } = await viaWebhook(portal, 'imopenlines.dialog.get', {
      USER_CODE: `imol|telegrambot|3|${700_000_000 + chat.id}|${chat.openLine?.clientId}`,
    });
    assert.match(String(at(result, 'entity_data_1')), /^N\|NONE\|0\|N\|N\|0\|0\|/);
    const again = await portal.clientSays(chat, 'me again');
    assert.deepEqual(
      [...again.joins, ...again.deliveries].map((delivery) => delivery.event),
      ['ONIMBOTV2JOINCHAT', 'ONIMBOTV2MESSAGEADD'],
    );
    assert.equal(chat.openLine?.session?.id, Number(first) + 1);
    assert.equal(chat.members.has(bot.id), true);
  });

  it('joins the bot only to the first dialog when the line says so', async () => {
    const { portal, chat } = await scene({ lines: [{ id: 3, botJoin: 'first' }] });
    await portal.clientSays(chat, 'hello');
    portal.closeSession(chat);
    const again = await portal.clientSays(chat, 'me again');
    assert.deepEqual([...again.joins, ...again.deliveries], []);
    assert.equal(chat.openLine?.session?.operator, 'queue');
  });

  it('sends automatic texts, and says yes also when there are none', async () => {
    const { portal, chat } = await scene();
    assert.equal(await session(portal, 'message.send', { CHAT_ID: chat.id, NAME: 'WELCOME' }), true);
    assert.equal(
      await session(portal, 'message.send', { CHAT_ID: chat.id, NAME: 'DEFAULT', MESSAGE: 'soon' }),
      true,
    );
    assert.equal(await session(portal, 'message.send', { CHAT_ID: chat.id, NAME: 'OTHER' }), true);
    const texts = portal.messages(chat).map((message) => message.text);
    assert.deepEqual(texts, ['Welcome! How can we help?', 'soon']);
  });

  it('hides what is said from the client while the silent mode is on', async () => {
    const { portal, chat } = await scene();
    const silent = async (params: object): Promise<unknown> => {
      const { result, error } = await viaWebhook(portal, 'imopenlines.session.mode.silent', params);
      return error ?? result;
    };
    assert.equal(await silent({ CHAT_ID: 9999 }), 'CHAT_ID');
    assert.equal(await silent({ CHAT_ID: portal.groupChat().id }), 'CHAT_TYPE');
    const isHeard = async (): Promise<boolean | undefined> => {
      await session(portal, 'message.send', { CHAT_ID: chat.id, NAME: 'DEFAULT', MESSAGE: 'hello' });
      return portal.messages(chat).at(-1)?.reachesClient;
    };
    assert.equal(await silent({ CHAT_ID: chat.id, ACTIVATE: 'Y' }), true);
    assert.equal(await isHeard(), false);
    assert.equal(await silent({ CHAT_ID: chat.id }), true);
    assert.equal(await isHeard(), true);
  });
});
