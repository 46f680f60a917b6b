import assert from 'node:assert/strict';
import { at, keysOf, servers } from './support';

const start = servers();

describe('sandbox portal: events of the first generation', () => {
  it('sends a client message with numeric keys, and the CLIENT_ID in the address', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const bot = portal.addBot({ api: 'v1', botToken: 'client-1', webhookUrl: `${handler.url}?x=1` });
    const chat = portal.openChannel({
      client: { firstName: 'Ann' },
      crm: { stored: true, type: 'DEAL', id: 3, deal: 3 },
    });
    const { status, message } = await portal.clientSays(chat, {
      text: 'where is my order?',
      files: [{ name: 'a b.jpg' }],
    });
    assert.equal(status, 200);
    const [event] = handler.heard;
    assert.equal(event?.url, '/in?x=1&CLIENT_ID=client-1');
    const { form } = event;
    assert.equal(form['event'], 'ONIMBOTMESSAGEADD');
    assert.deepEqual(keysOf(at(form, 'data', 'BOT', bot.id)), [
      'domain',
      'member_id',
      'application_token',
      'BOT_ID',
      'BOT_CODE',
    ]);
    const params = at(form, 'data', 'PARAMS');
    assert.equal(at(params, 'MESSAGE_ID'), String(message?.id));
    assert.equal(at(params, 'DIALOG_ID'), `chat${chat.id}`);
    assert.match(String(at(params, 'CHAT_ENTITY_DATA_1')), /^Y\|DEAL\|3\|N\|N\|17\|\d+\|0\|0\|0$/);
    assert.equal(at(params, 'CHAT_ENTITY_DATA_2'), 'LEAD|0|COMPANY|0|CONTACT|0|DEAL|3');
    assert.equal(at(params, 'CHAT_ENTITY_DATA_3'), '');
    assert.equal(at(params, 'FILES', 481, 'name'), 'a b.jpg');
    assert.deepEqual(at(params, 'PARAMS', 'FILE_ID'), ['481']);
    assert.equal(at(form, 'data', 'USER', 'IS_CONNECTOR'), 'Y');
    assert.equal(at(form, 'auth', 'application_token'), 'client-1');
    assert.equal(at(form, 'auth', 'access_token'), undefined);
  });

  it('puts several bots of an app into one event, with their tokens', async () => {
    const handler = await start.handler();
    const portal = await start.portal({ app: {} });
    const one = portal.addBot({ api: 'v1', byApp: true, code: 'one', webhookUrl: handler.url });
    const two = portal.addBot({ api: 'v1', byApp: true, code: 'two' });
    await portal.clientSays(portal.openChannel(), 'hi');
    assert.equal(handler.heard.length, 1);
    const form = handler.heard[0]?.form;
    assert.equal(at(form, 'data', 'BOT', one.id, 'BOT_CODE'), 'one');
    const token = at(form, 'data', 'BOT', two.id, 'AUTH', 'access_token');
    assert.equal(at(form, 'data', 'BOT', two.id, 'access_token'), token);
    assert.equal(portal.state.grants.access(String(token))?.userId, two.id);
  });

  it('tells private dialogs and groups apart', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const bot = portal.addBot({ api: 'v1', type: 'bot', webhookUrl: handler.url });
    const user = portal.addUser();
    await portal.clientSays(portal.privateChat(user, bot), 'psst');
    const group = portal.groupChat({ users: [user], bots: [bot] });
    await portal.clientSays(group, 'not for the bot');
    await portal.clientSays(group, `[USER=${bot.id}]Helper[/USER], hello`);
    assert.equal(handler.heard.length, 2);
    const [secret, mention] = handler.heard.map((event) => at(event.form, 'data', 'PARAMS'));
    assert.equal(at(secret, 'DIALOG_ID'), String(user.id));
    assert.equal(at(secret, 'CHAT_ID'), undefined);
    assert.equal(at(secret, 'CHAT_TYPE'), 'P');
    assert.equal(at(mention, 'MESSAGE'), ', hello');
    assert.equal(at(mention, 'MESSAGE_ORIGINAL'), `[USER=${bot.id}]Helper[/USER], hello`);
    assert.equal(at(mention, 'CHAT_TYPE'), 'C');
  });

  it('sends a command under its id and without a BOT block', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const init = { command: 'help', extranet: true };
    const bot = portal.addBot({ api: 'v1', webhookUrl: handler.url, commands: [init] });
    await portal.command(portal.openChannel(), { name: 'help', params: 'delivery' });
    const form = handler.heard[0]?.form;
    assert.equal(at(form, 'event'), 'ONIMCOMMANDADD');
    assert.equal(at(form, 'data', 'BOT'), undefined);
    assert.equal(at(form, 'data', 'COMMAND', 103, 'BOT_ID'), String(bot.id));
    assert.equal(at(form, 'data', 'COMMAND', 103, 'COMMAND_PARAMS'), 'delivery');
    assert.equal(at(form, 'data', 'COMMAND', 103, 'COMMAND_CONTEXT'), 'TEXTAREA');
    assert.equal(at(form, 'data', 'PARAMS', 'MESSAGE'), '/help delivery');
    assert.equal(at(form, 'data', 'USER', 'IS_BOT'), undefined);
  });

  it('has events for joining, editing, deleting and removal, none for reactions', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const bot = portal.addBot({ api: 'v1', webhookUrl: handler.url });
    const chat = portal.openChannel();
    await portal.join(chat, bot);
    const { message } = await portal.clientSays(chat, 'tpyo');
    assert.ok(message);
    await portal.edit(message, 'typo');
    assert.deepEqual((await portal.reaction(message)).deliveries, []);
    await portal.delete(message);
    await portal.removeBot(bot);
    assert.deepEqual(
      handler.heard.map((event) => at(event.form, 'event')),
      [
        'ONIMBOTJOINCHAT',
        'ONIMBOTMESSAGEADD',
        'ONIMBOTMESSAGEUPDATE',
        'ONIMBOTMESSAGEDELETE',
        'ONIMBOTDELETE',
      ],
    );
    assert.equal(at(handler.heard[0]?.form, 'data', 'PARAMS', 'MESSAGE'), undefined);
    assert.equal(at(handler.heard[0]?.form, 'data', 'PARAMS', 'CHAT_ENTITY_DATA_1'), undefined);
    assert.equal(at(handler.heard[2]?.form, 'data', 'PARAMS', 'MESSAGE'), 'typo');
    assert.deepEqual(at(handler.heard[4]?.form, 'data'), {
      BOT_ID: String(bot.id),
      BOT_CODE: 'helper',
    });
  });
});

describe('sandbox portal: events of the second generation', () => {
  it('makes strings of everything in webhook mode', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const bot = portal.addBot({ webhookUrl: handler.url });
    const chat = portal.openChannel();
    await portal.clientSays(chat, { text: 'hi', files: [{}] });
    const form = handler.heard[0]?.form;
    assert.equal(at(form, 'event'), 'ONIMBOTV2MESSAGEADD');
    assert.equal(at(form, 'event_handler_id'), undefined);
    assert.equal(at(form, 'data', 'bot', 'id'), String(bot.id));
    assert.equal(at(form, 'data', 'message', 'isSystem'), '0');
    assert.equal(at(form, 'data', 'message', 'uuid'), '');
    assert.deepEqual(at(form, 'data', 'message', 'params'), { FILE_ID: ['481'] });
    assert.equal(at(form, 'data', 'user', 'connector'), '1');
    assert.equal(at(form, 'data', 'user', 'departments'), undefined);
    assert.equal(at(form, 'data', 'user', 'phones'), '0');
    assert.equal(
      at(form, 'data', 'chat', 'entityId'),
      `telegrambot|3|${700_000_000 + chat.id}|${chat.openLine?.clientId}`,
    );
    assert.equal(at(form, 'auth', 'application_token'), portal.applicationToken(bot));
    assert.notEqual(portal.applicationToken(bot), 'bot-token-of-the-sandbox');
  });

  it('keeps JSON types in fetch mode, and says the same thing', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const fetching = portal.addBot({ code: 'fetching' });
    portal.addBot({ code: 'hooked', webhookUrl: handler.url });
    const { message, deliveries } = await portal.clientSays(portal.openChannel(), 'hi');
    assert.deepEqual(
      deliveries.map((delivery) => delivery.via),
      ['fetch', 'webhook'],
    );
    const [queued] = fetching.queue;
    assert.equal(queued?.type, 'ONIMBOTV2MESSAGEADD');
    assert.equal(at(queued, 'data', 'message', 'id'), message?.id);
    assert.equal(at(queued, 'data', 'message', 'isSystem'), false);
    assert.equal(at(queued, 'data', 'message', 'uuid'), null);
    assert.deepEqual(at(queued, 'data', 'user', 'departments'), []);
    assert.equal(at(queued, 'data', 'bot', 'auth'), undefined);
    assert.equal(at(queued, 'data', 'bot', 'eventMode'), 'fetch');
    assert.equal(at(handler.heard[0]?.form, 'data', 'message', 'id'), String(message?.id));
  });

  it('sends commands with a slash, buttons, reactions and contexts', async () => {
    const handler = await start.handler();
    const portal = await start.portal({ language: 'de' });
    const bot = portal.addBot({ webhookUrl: handler.url, type: 'bot', commands: ['help'] });
    const chat = portal.privateChat(undefined, bot);
    await portal.command(chat, { name: 'help' });
    const { message } = await portal.clientSays(chat, 'hi');
    assert.ok(message);
    await portal.reaction(message, { reaction: 'fire', action: 'delete' });
    await portal.context(chat, { page: 'cart' });
    const heard = handler.heard.map((event) => at(event.form, 'data'));
    assert.equal(at(heard[0], 'command', 'command'), '/help');
    assert.equal(at(heard[0], 'command', 'context'), 'textarea');
    assert.deepEqual([at(heard[2], 'reaction'), at(heard[2], 'action')], ['fire', 'delete']);
    assert.deepEqual(at(heard[3], 'context'), { page: 'cart' });
    assert.equal(at(heard[3], 'dialogId'), portal.dialogId(chat));
    assert.equal(at(heard[3], 'language'), 'de');
  });

  it('will not let an outsider use a command that is not for outsiders', async () => {
    const portal = await start.portal();
    portal.addBot({ commands: ['help'] });
    const chat = portal.openChannel();
    await assert.rejects(portal.command(chat, { name: 'help' }), /extranet support/);
    await assert.rejects(portal.command(chat, { name: 'other' }), /registered/);
  });
});

describe('sandbox portal: delivery', () => {
  it('posts once and writes down what became of it', async () => {
    const slow = await start.handler({ answer: false });
    const portal = await start.portal({ deliveryTimeLimitMs: 300 });
    portal.addBot({ code: 'slow', webhookUrl: slow.url });
    portal.addBot({ code: 'gone', webhookUrl: 'http://127.0.0.1:1/in' });
    portal.addBot({ code: 'nowhere', eventMode: 'webhook' });
    const { deliveries } = await portal.clientSays(portal.openChannel(), 'hi');
    assert.deepEqual(
      deliveries.map((delivery) => [delivery.status, delivery.failure]),
      [
        [undefined, 'timeout'],
        [undefined, 'unreachable'],
        [undefined, 'no handler'],
      ],
    );
    assert.equal(slow.heard.length, 1);
    assert.deepEqual(new Set(portal.deliveries), new Set(deliveries));
  });

  it('keeps an event back so that it can be tampered with and replayed', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    portal.addBot({ webhookUrl: handler.url });
    const { deliveries } = await portal.clientSays(portal.openChannel(), { text: 'hi', hold: true });
    assert.equal(handler.heard.length, 0);
    const wire = deliveries[0]?.wire;
    assert.ok(wire);
    const { body, headers } = portal.wireForm(wire);
    const forged = portal.wireForm({
      ...wire,
      fields: { ...wire.fields, auth: { application_token: 'forged' } },
    });
    assert.equal((await portal.sendRaw(wire.url, body, headers)).status, 200);
    await portal.sendRaw(wire.url, forged.body, forged.headers);
    assert.deepEqual(
      handler.heard.map((event) => event.body),
      [body, forged.body],
    );
    assert.equal(at(handler.heard[1]?.form, 'auth', 'application_token'), 'forged');
  });

  it('tells the other bots of a chat what one of them says, never itself', async () => {
    const portal = await start.portal();
    const one = portal.addBot({ code: 'one' });
    const two = portal.addBot({ code: 'two' });
    await portal.clientSays(portal.openChannel(), { text: 'hi', author: one });
    assert.deepEqual([one.queue.length, two.queue.length], [0, 1]);
    await portal.clientSays(portal.openChannel(), { text: 'hi', author: one, to: [one] });
    assert.deepEqual([one.queue.length, two.queue.length], [1, 1]);
  });
});
