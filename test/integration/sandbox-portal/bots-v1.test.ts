import assert from 'node:assert/strict';
import type { Portal } from '../../../sandbox/bitrix24';
import { manualClock } from '../../support/manual-clock';
import { at, servers, viaApp, viaWebhook, type RestAnswer } from './support';

const start = servers();
const clientId = 'client-of-v1';

function call(portal: Portal, method: string, params: object = {}): Promise<RestAnswer> {
  return viaWebhook(portal, `imbot.${method}`, { CLIENT_ID: clientId, ...params });
}

async function refused(portal: Portal, method: string, params: object = {}): Promise<string> {
  const { status, error } = await call(portal, method, params);
  return `${status} ${typeof error === 'string' ? error : 'no error'}`;
}

const handlers = { EVENT_HANDLER: 'https://flows.example/in' };
const card = { CODE: 'helper', TYPE: 'O', ...handlers, PROPERTIES: { NAME: 'Helper' } };

describe('sandbox portal: bots of the first generation', () => {
  it('registers with a CLIENT_ID, handlers, a code and a name', async () => {
    const portal = await start.portal();
    assert.equal(await refused(portal, 'register', { ...card, CLIENT_ID: '' }), '403 ACCESS_DENIED');
    const without = { ...card, EVENT_HANDLER: undefined };
    assert.equal(await refused(portal, 'register', without), '400 EVENT_MESSAGE_ADD_ERROR');
    assert.equal(await refused(portal, 'register', { ...card, CODE: '' }), '400 CODE_ERROR');
    assert.equal(await refused(portal, 'register', { ...card, PROPERTIES: {} }), '400 NAME_ERROR');
    const first = await call(portal, 'register', card);
    assert.equal(typeof first.result, 'number');
    assert.equal((await call(portal, 'register', card)).result, first.result);
    for (let count = 2; count <= 5; count += 1)
      await call(portal, 'register', { ...card, CODE: `bot${count}` });
    assert.equal(await refused(portal, 'register', { ...card, CODE: 'bot6' }), '400 MAX_COUNT_ERROR');
    const list = await call(portal, 'bot.list');
    assert.equal(at(list.result, String(first.result), 'OPENLINE'), 'Y');
  });

  it('shares one set of handlers among the bots of an owner', async () => {
    const old = await start.handler();
    const fresh = await start.handler();
    const portal = await start.portal();
    await call(portal, 'register', { ...card, EVENT_HANDLER: old.url });
    await call(portal, 'register', { ...card, CODE: 'second', EVENT_HANDLER: fresh.url });
    await portal.clientSays(portal.openChannel(), 'hi');
    assert.deepEqual([old.heard.length, fresh.heard.length], [0, 1]);
  });

  it('tells plain bots of edits only after imbot.update', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const { result } = await call(portal, 'register', { ...card, TYPE: 'B', EVENT_HANDLER: handler.url });
    const bot = portal.state.bots.get(Number(result));
    assert.ok(bot);
    const { message } = await portal.clientSays(portal.privateChat(undefined, bot), 'tpyo');
    assert.ok(message);
    assert.equal((await portal.edit(message, 'typo')).deliveries[0]?.failure, 'no handler');
    await call(portal, 'update', { BOT_ID: bot.id, FIELDS: { EVENT_MESSAGE_UPDATE: handler.url } });
    assert.equal((await portal.edit(message, 'typo')).status, 200);
  });

  it('tells foreign bots from missing ones', async () => {
    const portal = await start.portal();
    const foreign = portal.addBot({ api: 'v1', botToken: 'somebody-else' });
    assert.equal(await refused(portal, 'unregister', { BOT_ID: foreign.id }), '400 APP_ID_ERROR');
    assert.equal(await refused(portal, 'unregister', { BOT_ID: 1 }), '400 BOT_ID_ERROR');
    const second = portal.addBot({ api: 'v2', code: 'second', botToken: clientId });
    assert.equal(await refused(portal, 'unregister', { BOT_ID: second.id }), '400 APP_ID_ERROR');
  });

  it('needs no CLIENT_ID from an app', async () => {
    const portal = await start.portal({ app: {} });
    const { token } = portal.issueTokens();
    const { result } = await viaApp(portal, token, 'imbot.register', card);
    assert.equal((await viaApp(portal, token, 'imbot.unregister', { BOT_ID: result })).result, true);
  });
});

describe('sandbox portal: messages of the first generation', () => {
  it('adds, edits, likes and deletes', async () => {
    const portal = await start.portal();
    const bot = portal.addBot({ api: 'v1', botToken: clientId });
    const chat = portal.openChannel();
    const dialog = { BOT_ID: bot.id, DIALOG_ID: `chat${chat.id}` };
    assert.equal(
      await refused(portal, 'message.add', { BOT_ID: bot.id, MESSAGE: 'x' }),
      '400 DIALOG_ID_EMPTY',
    );
    assert.equal(await refused(portal, 'message.add', { ...dialog, MESSAGE: ' ' }), '400 MESSAGE_EMPTY');
    const elsewhere = { ...dialog, DIALOG_ID: 'chat9999', MESSAGE: 'x' };
    assert.equal(await refused(portal, 'message.add', elsewhere), '400 WRONG_REQUEST');
    const badKeyboard = { ...dialog, MESSAGE: 'x', KEYBOARD: [{}] };
    assert.equal(await refused(portal, 'message.add', badKeyboard), '400 KEYBOARD_ERROR');
    // Names of parameters are read without regard to case at the top level.
    const added = await call(portal, 'message.add', {
      BOT_ID: bot.id,
      dialog_id: `chat${chat.id}`,
      Message: ' hello ',
    });
    const one = { BOT_ID: bot.id, MESSAGE_ID: added.result };
    assert.equal((await call(portal, 'message.update', { ...one, MESSAGE: 'changed' })).result, true);
    assert.equal((await call(portal, 'message.like', one)).result, true);
    assert.deepEqual(
      portal.messages(chat).map((message) => [message.text, message.reactions['like']]),
      [['changed', [bot.id]]],
    );
    assert.equal((await call(portal, 'message.update', { ...one, MESSAGE: '' })).result, true);
    assert.deepEqual(portal.messages(chat), []);
    assert.equal(await refused(portal, 'message.delete', one), '400 CANT_EDIT_MESSAGE');
    assert.equal(await refused(portal, 'message.delete', { BOT_ID: bot.id }), '400 MESSAGE_ID_ERROR');
  });

  it('edits nothing after three days', async () => {
    const clock = manualClock(1_800_000_000_000);
    const portal = await start.portal({ clock });
    const bot = portal.addBot({ api: 'v1', botToken: clientId });
    const dialog = { BOT_ID: bot.id, DIALOG_ID: `chat${portal.openChannel().id}` };
    const { result } = await call(portal, 'message.add', { ...dialog, MESSAGE: 'old' });
    await clock.advance(3 * 24 * 3_600_000 + 1);
    const edit = { BOT_ID: bot.id, MESSAGE_ID: result, MESSAGE: 'new' };
    assert.equal(await refused(portal, 'message.update', edit), '400 CANT_EDIT_MESSAGE');
  });

  it('types, shows and leaves a chat by its number', async () => {
    const portal = await start.portal();
    const bot = portal.addBot({ api: 'v1', botToken: clientId });
    const chat = portal.openChannel();
    const dialog = { BOT_ID: bot.id, DIALOG_ID: `chat${chat.id}` };
    assert.equal((await call(portal, 'chat.sendTyping', dialog)).result, true);
    assert.equal(portal.typing(chat).length, 1);
    assert.equal(at((await call(portal, 'dialog.get', dialog)).result, 'entity_type'), 'LINES');
    const byName = { BOT_ID: bot.id, CHAT_ID: `chat${chat.id}` };
    assert.equal(await refused(portal, 'chat.leave', byName), '400 CHAT_ID_EMPTY');
    assert.equal((await call(portal, 'chat.leave', { BOT_ID: bot.id, CHAT_ID: chat.id })).result, true);
    assert.equal(await refused(portal, 'dialog.get', dialog), '400 ACCESS_ERROR');
    assert.equal((await call(portal, 'chat.get', { ENTITY_TYPE: 'LINES', ENTITY_ID: 'x' })).result, null);
  });

  it('registers commands and answers them', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const bot = portal.addBot({ api: 'v1', botToken: clientId });
    const command = {
      BOT_ID: bot.id,
      COMMAND: 'help',
      EVENT_COMMAND_ADD: handler.url,
      LANG: [{ LANGUAGE_ID: 'en', TITLE: 'Help', PARAMS: 'topic' }],
      EXTRANET_SUPPORT: 'Y',
    };
    const noHandler = { ...command, EVENT_COMMAND_ADD: '' };
    assert.equal(await refused(portal, 'command.register', noHandler), '400 EVENT_COMMAND_ADD_ERROR');
    assert.equal(
      await refused(portal, 'command.register', { ...command, COMMAND: '/help' }),
      '400 COMMAND_ERROR',
    );
    assert.equal(await refused(portal, 'command.register', { ...command, LANG: [] }), '400 LANG_ERROR');
    const { result: commandId } = await call(portal, 'command.register', command);
    const chat = portal.openChannel();
    const { message, status } = await portal.command(chat, { name: 'help' });
    assert.equal(status, 200);
    const answer = { COMMAND_ID: commandId, MESSAGE_ID: message?.id, MESSAGE: 'Here' };
    assert.equal(
      await refused(portal, 'command.answer', { ...answer, MESSAGE_ID: '' }),
      '400 MESSAGE_ID_EMPTY',
    );
    const answered = await call(portal, 'command.answer', answer);
    assert.equal(portal.messages(chat).at(-1)?.id, answered.result);
    const hidden = { COMMAND_ID: commandId, FIELDS: { HIDDEN: 'Y' } };
    assert.equal((await call(portal, 'command.update', hidden)).result, true);
    assert.equal((await call(portal, 'command.unregister', { COMMAND_ID: commandId })).result, true);
    assert.equal(
      await refused(portal, 'command.unregister', { COMMAND_ID: commandId }),
      '400 COMMAND_ID_ERROR',
    );
  });
});
