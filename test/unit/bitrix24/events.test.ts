import assert from 'node:assert/strict';
import { botVariables } from '../../../lib/bitrix24/events/bot-variables';
import { decodeForm, decodeJson } from '../../../lib/bitrix24/events/event-body';
import { normaliseEvent, openEnvelope, sameToken } from '../../../lib/bitrix24/events/envelope';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import { normaliseFetched, readFetched } from '../../../lib/bitrix24/events/fetched';

const auth = { domain: 'shop.bitrix24.com', member_id: 'm1', application_token: 'app', scope: 'imbot' };
const entity = {
  id: 'telegrambot|3|700000001|13',
  data1: 'Y|DEAL|3|N|N|17|1765971491|0|0|0',
  data2: 'LEAD|0|COMPANY|0|CONTACT|3|DEAL|9',
};

function form(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString();
}

function v2Message(botId: number, extra: Record<string, string> = {}): string {
  return form({
    event: 'ONIMBOTV2MESSAGEADD',
    'data[bot][id]': String(botId),
    'data[bot][code]': 'helper',
    'data[message][id]': '90211',
    'data[message][chatId]': '112',
    'data[message][authorId]': '13',
    'data[message][text]': 'where is my order?',
    'data[chat][id]': '112',
    'data[chat][dialogId]': 'chat112',
    'data[chat][type]': 'lines',
    'data[chat][name]': 'Ann – Support',
    'data[chat][owner]': '0',
    'data[chat][entityType]': 'LINES',
    'data[chat][entityId]': entity.id,
    'data[chat][entityData1]': entity.data1,
    'data[chat][entityData2]': entity.data2,
    'data[user][id]': '13',
    'data[user][name]': 'Ann Lee',
    'data[user][firstName]': 'Ann',
    'data[user][lastName]': 'Lee',
    'data[user][bot]': '0',
    'data[user][connector]': '1',
    'data[user][extranet]': '1',
    'data[language]': 'en',
    ...Object.fromEntries(Object.entries(auth).map(([key, value]) => [`auth[${key}]`, value])),
    ...extra,
  });
}

function v1Message(botId: number, extra: Record<string, string> = {}): string {
  const params = `data[PARAMS]`;
  return form({
    event: 'ONIMBOTMESSAGEADD',
    [`data[BOT][${botId}][BOT_ID]`]: String(botId),
    [`data[BOT][${botId}][BOT_CODE]`]: 'helper',
    [`data[BOT][${botId}][AUTH][access_token]`]: 'marker-bot-token',
    [`${params}[MESSAGE]`]: 'where is my order?',
    [`${params}[MESSAGE_ID]`]: '90211',
    [`${params}[CHAT_TYPE]`]: 'L',
    [`${params}[AUTHOR_ID]`]: '13',
    [`${params}[DIALOG_ID]`]: 'chat112',
    [`${params}[CHAT_ID]`]: '112',
    [`${params}[CHAT_TITLE]`]: 'Ann – Support',
    [`${params}[CHAT_AUTHOR_ID]`]: '0',
    [`${params}[CHAT_ENTITY_TYPE]`]: 'LINES',
    [`${params}[CHAT_ENTITY_ID]`]: entity.id,
    [`${params}[CHAT_ENTITY_DATA_1]`]: entity.data1,
    [`${params}[CHAT_ENTITY_DATA_2]`]: entity.data2,
    [`${params}[LANGUAGE]`]: 'en',
    'data[USER][ID]': '13',
    'data[USER][NAME]': 'Ann Lee',
    'data[USER][FIRST_NAME]': 'Ann',
    'data[USER][LAST_NAME]': 'Lee',
    'data[USER][IS_BOT]': 'N',
    'data[USER][IS_CONNECTOR]': 'Y',
    'data[USER][IS_EXTRANET]': 'Y',
    ...Object.fromEntries(Object.entries(auth).map(([key, value]) => [`auth[${key}]`, value])),
    ...extra,
  });
}

function read(raw: string): BitrixEvent[] {
  return normaliseEvent(openEnvelope(decodeForm(raw)), 'webhook', '2026-01-01T00:00:00.000Z');
}

function only(raw: string): BitrixEvent {
  const events = read(raw);
  assert.equal(events.length, 1);
  assert.ok(events[0]);
  return events[0];
}

describe('an event from a portal', () => {
  it('is the same in both API generations', () => {
    const { api, event, ...v1 } = only(v1Message(567));
    const { api: otherApi, event: otherEvent, ...v2 } = only(v2Message(567));
    assert.deepEqual(v1, v2);
    assert.deepEqual(
      [api, otherApi, event, otherEvent],
      ['v1', 'v2', 'ONIMBOTMESSAGEADD', 'ONIMBOTV2MESSAGEADD'],
    );
  });

  it('has ids as numbers, flags as flags, and the state of the Open Channel', () => {
    const event = only(v2Message(567));
    assert.equal(event.kind, 'message');
    assert.deepEqual(event.bot, { id: 567, code: 'helper' });
    assert.equal(event.dialogId, 'chat112');
    assert.equal(event.chatId, 112);
    assert.equal(event.user.isConnector, true);
    assert.equal(event.user.isBot, false);
    assert.deepEqual(event.openline, {
      connector: 'telegrambot',
      lineId: 3,
      externalChatId: '700000001',
      externalUserId: 13,
      sessionId: 17,
      crm: { contact: 3, deal: 9 },
    });
  });

  for (const id of [1, 7, 20, 55, 567, 1_000_000_000]) {
    it(`keeps the ids of bots, commands and files that are ${id}`, () => {
      assert.equal(only(v1Message(id)).bot.id, id);
      assert.equal(only(v2Message(id)).bot.id, id);
      const fileFields = {
        [`data[PARAMS][FILES][${id}][id]`]: String(id),
        [`data[PARAMS][FILES][${id}][name]`]: 'a.jpg',
      };
      assert.deepEqual(only(v1Message(5, fileFields)).files, [{ id, name: 'a.jpg' }]);
      const command = form({
        event: 'ONIMCOMMANDADD',
        [`data[COMMAND][${id}][BOT_ID]`]: '5',
        [`data[COMMAND][${id}][COMMAND_ID]`]: String(id),
        [`data[COMMAND][${id}][COMMAND]`]: 'help',
        [`data[COMMAND][${id}][MESSAGE_ID]`]: '90214',
        'data[PARAMS][DIALOG_ID]': 'chat112',
        'auth[domain]': 'x',
        'auth[member_id]': 'm',
      });
      assert.equal(only(command).command?.id, id);
    });
  }

  it('of the older generation can hold several bots, and becomes one event for each', () => {
    const raw = v1Message(5, { 'data[BOT][6][BOT_ID]': '6', 'data[BOT][6][BOT_CODE]': 'second' });
    const events = read(raw);
    assert.deepEqual(
      events.map(({ bot }) => bot.id),
      [5, 6],
    );
    assert.notEqual(events[0]?.eventId, events[1]?.eventId);
  });

  it('carries no token', () => {
    for (const raw of [v1Message(5), v2Message(5, { 'data[bot][auth][access_token]': 'marker-bot-token' })]) {
      const event = only(raw);
      assert.doesNotMatch(JSON.stringify([event, botVariables(event)]), /marker|"app"/);
    }
  });

  it('has the same id when it comes again, and another one for another message', () => {
    assert.equal(only(v2Message(5)).eventId, only(v2Message(5)).eventId);
    assert.notEqual(only(v2Message(5)).eventId, only(v2Message(5, { 'data[message][id]': '90212' })).eventId);
  });

  it('may be JSON as well', () => {
    const body = decodeJson(
      JSON.stringify({
        event: 'ONIMBOTV2JOINCHAT',
        auth,
        data: { bot: { id: 7, code: 'helper' }, dialogId: '27' },
      }),
    );
    const [event] = normaliseEvent(openEnvelope(body), 'webhook', '');
    assert.equal(event?.kind, 'join');
    assert.equal(event?.dialogId, '27');
  });
});

describe('an event of either generation', () => {
  const inGroup = { 'data[PARAMS][CHAT_TYPE]': 'C', 'data[PARAMS][CHAT_ENTITY_TYPE]': '' };
  const groupV2 = { 'data[chat][type]': 'chat', 'data[chat][entityType]': '' };

  it('has no mention of the bot in its text, whoever has cut it out', () => {
    const written = '[USER=5 REPLACE]Helper[/USER], ask [USER=6]Olga[/USER]: why?';
    const kept = { ...inGroup, 'data[PARAMS][MESSAGE]': ', ask', 'data[PARAMS][MESSAGE_ORIGINAL]': written };
    const cut = { ...inGroup, 'data[PARAMS][MESSAGE]': ', why?', 'data[PARAMS][MENTIONED_LIST][5]': '5' };
    const newer = { ...groupV2, 'data[message][text]': written };
    assert.equal(only(v1Message(5, kept)).text, 'ask [USER=6]Olga[/USER]: why?');
    assert.equal(only(v2Message(5, newer)).text, 'ask [USER=6]Olga[/USER]: why?');
    assert.equal(only(v1Message(5, cut)).text, 'why?');
    assert.equal(only(v1Message(5, { 'data[PARAMS][MESSAGE]': ', well' })).text, ', well');
  });

  it('tells when the portal itself speaks', () => {
    assert.equal(only(v1Message(5, { 'data[PARAMS][SYSTEM]': 'Y' })).system, true);
    assert.equal(only(v2Message(5, { 'data[message][isSystem]': '1' })).system, true);
    assert.equal('system' in only(v1Message(5, { 'data[PARAMS][SYSTEM]': 'N' })), false);
    assert.equal('system' in only(v2Message(5, { 'data[message][isSystem]': '0' })), false);
  });

  it('takes a chat type that is no letter as it comes', () => {
    const named = { ...inGroup, 'data[PARAMS][CHAT_TYPE]': 'constructor' };
    assert.equal(only(v1Message(5, named)).chat.type, 'constructor');
  });

  it('keeps no key of a context that could change a prototype', () => {
    const context: unknown = JSON.parse('{"__proto__":{"polluted":1},"page":"cart"}');
    const body = { event: 'ONIMBOTV2CONTEXTGET', auth, data: { bot: { id: 5 }, context } };
    const [event] = normaliseEvent(openEnvelope(body), 'webhook', '');
    assert.equal(JSON.stringify(event?.context), '{"page":"cart"}');
  });

  it('has the context as plain JSON, of a bounded depth', () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`);
    const context = { page: 'cart', __proto__x: 1, deep };
    const body = { event: 'ONIMBOTV2CONTEXTGET', auth, data: { bot: { id: 5 }, dialogId: '27', context } };
    const [event] = normaliseEvent(openEnvelope(body), 'webhook', '');
    const text = JSON.stringify(event?.context);
    assert.match(text, /^\{"page":"cart","__proto__x":1,"deep":\{/);
    assert.ok(text.length < 200);
    const older = { ...inGroup, 'data[PARAMS][CONTEXT]': '{"page":"cart"}', event: 'ONIMBOTCONTEXTGET' };
    assert.deepEqual(only(v1Message(5, older)).context, { page: 'cart' });
  });
});

describe('a fetched event', () => {
  const portal = { memberId: 'm1', domain: 'shop.bitrix24.com', clientEndpoint: '', scope: 'imbot' };
  const item = (id: number): unknown => ({
    eventId: id,
    type: 'ONIMBOTV2COMMANDADD',
    date: '2026-01-01T00:00:00+00:00',
    data: {
      bot: { id, code: 'helper' },
      command: { id, command: '/help', params: 'me', context: 'textarea' },
      message: { id, chatId: id, authorId: id, text: '/help me', params: { FILE_ID: [id] } },
      chat: { id, dialogId: `chat${id}`, type: 'chat', owner: id },
      user: { id, bot: false, extranet: true },
    },
  });

  for (const id of [1, 20, 21, 100, 567, 2 ** 31, 1_000_000_000]) {
    it(`keeps every id that is ${id}`, () => {
      const event = normaliseFetched(readFetched(item(id)), portal, '');
      const ids = [event.bot.id, event.chatId, event.messageId, event.user.id, event.chat.ownerId];
      assert.deepEqual(
        [...ids, event.command?.id, event.files[0]?.id],
        Array.from({ length: 7 }, () => id),
      );
      assert.equal(event.via, 'fetch');
      assert.equal(event.user.isExtranet, true);
      assert.equal(event.portal, portal);
    });
  }

  it('is refused when it has no type or no data', () => {
    for (const broken of [
      null,
      7,
      {},
      { type: 'ONIMBOTV2MESSAGEADD' },
      { data: {} },
      { type: '', data: {} },
    ]) {
      assert.throws(() => normaliseFetched(readFetched(broken), portal, ''), { code: 'INPUT_INVALID' });
    }
  });
});

describe("BitBot's variables", () => {
  it('are text under their exact names, and absent when there is nothing', () => {
    const variables = botVariables(only(v2Message(567)));
    assert.equal(variables.event, 'ONIMBOTMESSAGEADD');
    assert.equal(variables.BOT_ID, '567');
    assert.equal(variables.IS_CONNECTOR, 'Y');
    assert.equal(variables.CHAT_AUTHOR_ID, '0');
    assert.equal(variables.CHAT_ENTITY_ID, entity.id);
    assert.equal('COMMAND' in variables, false);
    assert.ok(Object.values(variables).every((value) => typeof value === 'string'));
  });

  it('say in words that a file was sent', () => {
    const fileOnly = { 'data[PARAMS][MESSAGE]': '', 'data[PARAMS][FILES][481][id]': '481' };
    const named = {
      ...fileOnly,
      'data[PARAMS][FILES][481][name]': 'photo.jpg',
      'data[PARAMS][FILES][481][type]': 'image',
    };
    assert.equal(botVariables(only(v1Message(5, named))).MESSAGE, 'File sent: photo.jpg');
    assert.equal(botVariables(only(v1Message(5, named))).file_type, 'image');
    assert.equal(botVariables(only(v1Message(5, fileOnly))).MESSAGE, 'File sent: 481');
    const byId = { 'data[message][text]': '', 'data[message][params][FILE_ID][0]': '481' };
    assert.equal(botVariables(only(v2Message(5, byId))).file_id, '481');
  });
});

describe('a body that is no event', () => {
  const deep = `a${'[b]'.repeat(5000)}=1`;
  const wide = Array.from({ length: 20_000 }, (_, place) => `k${place}=1`).join('&');
  const rows: [string, () => unknown][] = [
    ['too deep', () => decodeForm(deep)],
    ['too wide', () => decodeForm(wide)],
    ['a field named twice', () => decodeForm('event=A&event=B')],
    ['an inner field named twice', () => decodeForm('data[x]=1&data[x]=2')],
    ['no JSON', () => decodeJson('{"event":')],
    ['a JSON list is no event', () => openEnvelope(decodeJson('[]'))],
    ['JSON null', () => decodeJson('null')],
    ['nothing', () => openEnvelope(decodeForm(''))],
    ['no sender', () => openEnvelope(decodeForm('event=ONIMBOTMESSAGEADD'))],
    ['a sender that is text', () => openEnvelope(decodeForm('event=ONIMBOTMESSAGEADD&auth=1'))],
  ];
  for (const [name, attempt] of rows) {
    it(`is refused: ${name}`, () => assert.throws(attempt, { code: 'INPUT_INVALID' }));
  }

  it('cannot change a prototype', () => {
    for (const raw of [
      '__proto__[polluted]=1&a=1',
      'a[__proto__][polluted]=1',
      'constructor[prototype][polluted]=1',
    ]) {
      decodeForm(raw);
    }
    openEnvelope(
      decodeJson(`{"event":"X","auth":{"member_id":"m","domain":"d"},"__proto__":{"polluted":1}}`),
    );
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });
});

describe('a token', () => {
  it('is right only when it is the same, and never when none is known', () => {
    assert.equal(sameToken('abc', 'abc'), true);
    assert.equal(sameToken('abd', 'abc'), false);
    assert.equal(sameToken('', 'abc'), false);
    assert.equal(sameToken('', ''), false);
  });
});
