import assert from 'node:assert/strict';
import type { Portal } from '../../../sandbox/bitrix24';
import { manualClock } from '../../support/manual-clock';
import { at, keysOf, rowsIn, servers, viaWebhook, type Row } from './support';

const start = servers();
const noon = Date.parse('2026-03-10T12:00:00+03:00');
const minute = 60_000;

async function activities(portal: Portal, params: object = {}): Promise<Row[]> {
  return rowsIn((await viaWebhook(portal, 'crm.activity.list', params)).result);
}

function history(
  portal: Portal,
  params: object,
): Promise<{ status: number; result: unknown; error: unknown }> {
  return viaWebhook(portal, 'imopenlines.session.history.get', params);
}

describe('sandbox telephony: finished sessions as CRM activities', () => {
  it('an activity is completed when its session is finished', async () => {
    const clock = manualClock(noon);
    const portal = await start.portal({ clock });
    const chat = portal.openChannel({ client: { firstName: 'Zoe', lastName: 'Ray' } });
    const sessionId = chat.openLine?.session?.id;
    const filter = { PROVIDER_ID: 'IMOPENLINES_SESSION', COMPLETED: 'Y' };
    assert.deepEqual(await activities(portal, { filter }), []);
    portal.takeOver(chat, 9);
    await clock.advance(minute);
    portal.closeSession(chat);
    const [activity = {}, ...others] = await activities(portal, { filter });
    assert.deepEqual(others, []);
    assert.deepEqual(
      [activity['ASSOCIATED_ENTITY_ID'], activity['RESPONSIBLE_ID'], activity['LAST_UPDATED']],
      [String(sessionId), '9', '2026-03-10T12:01:00+03:00'],
    );
    const code = `imol|telegrambot|3|${700_000_000 + chat.id}|${chat.openLine?.clientId}`;
    assert.equal(at(activity, 'PROVIDER_PARAMS', 'USER_CODE'), code);
    assert.equal(at(activity, 'COMMUNICATIONS', 0, 'ENTITY_SETTINGS', 'NAME'), 'Zoe');
    assert.equal(portal.crm.item('CONTACT', Number(activity['OWNER_ID']))?.lastName, 'Ray');
  });

  it('belongs to the client that the chat is bound to; an untracked chat has none', async () => {
    const portal = await start.portal();
    portal.openChannel({ crm: { stored: true, type: 'LEAD', id: 77, lead: 77 } });
    portal.openChannel({ tracked: false });
    const found = await activities(portal);
    assert.deepEqual(
      found.map((one) => [one['OWNER_TYPE_ID'], one['OWNER_ID'], one['COMPLETED']]),
      [['1', '77', 'N']],
    );
  });

  it('are listed by filter, order and selection, fifty a page, with and without counting', async () => {
    const portal = await start.portal();
    const seeded = portal.sessions.seedMany({ count: 70 });
    const keyset = { order: { ID: 'ASC' }, select: ['ID', 'LAST_UPDATED'], start: -1 };
    const first = await activities(portal, { filter: { '>ID': 0 }, ...keyset });
    assert.deepEqual([first.length, keysOf(first[0])], [50, ['ID', 'LAST_UPDATED']]);
    const last = Number(first.at(-1)?.['ID']);
    assert.equal((await activities(portal, { filter: { '>ID': last }, ...keyset })).length, 20);
    const { body } = await viaWebhook(portal, 'crm.activity.list', { start: 0 });
    assert.deepEqual([body['total'], body['next']], [70, 50]);
    const since = new Date(seeded[60]?.updatedAt ?? 0).toISOString();
    assert.ok((await activities(portal, { filter: { '>LAST_UPDATED': since } })).length <= 10);
    const falling = await activities(portal, { order: { ID: 'DESC' } });
    assert.equal(Number(falling[0]?.['ID']), seeded.at(-1)?.activityId);
  });
});

describe('sandbox telephony: the history of a session', () => {
  it('has who said what, and the maps that a reader needs', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const session = portal.sessions.seed({ at: noon, client: { firstName: 'Zoe' } });
    const { result } = await history(portal, { SESSION_ID: session.id });
    const said = keysOf(at(result, 'message')).map((id) => at(result, 'message', id));
    const client = portal.state.chats.get(session.chatId)?.openLine?.clientId;
    assert.deepEqual(
      said.map((message) => at(message, 'senderid')),
      ['0', String(client), String(bot.id), String(client), '7', String(client), '0'],
    );
    assert.equal(at(said[0], 'date'), '2026-03-10T12:00:20+03:00');
    assert.match(String(at(said[2], 'text')), /^\[b\]Hello!\[\/b\]/);
    assert.match(String(at(said[2], 'textlegacy')), /^<b>Hello!<\/b>/);
    const [fileId] = [at(said[3], 'params', 'fileId', 0)];
    assert.equal(at(result, 'files', String(fileId), 'name'), 'receipt.jpg');
    const person = (id: unknown): unknown[] =>
      ['connector', 'bot'].map((name) => at(result, 'users', String(id), name));
    assert.deepEqual(
      [person(client), person(bot.id), person(7)],
      [
        [true, false],
        [false, true],
        [false, false],
      ],
    );
    const chat = at(result, 'chat', String(session.chatId));
    assert.deepEqual([at(chat, 'entityType'), at(chat, 'owner')], ['LINES', '7']);
    assert.equal(at(result, 'sessionId'), session.id);
  });

  it('writes empty maps as lists', async () => {
    const portal = await start.portal();
    const session = portal.sessions.seed({ lines: [{ from: 7, text: 'Anybody there?' }] });
    const { result } = await history(portal, { SESSION_ID: session.id });
    assert.deepEqual(at(result, 'files'), []);
    assert.deepEqual(at(result, 'message', String(session.messageIds[0]), 'params'), []);
    const empty = portal.sessions.seed({ lines: [] });
    assert.deepEqual(at((await history(portal, { SESSION_ID: empty.id })).result, 'message'), []);
  });

  it('ends where the next session of the chat begins, and knows several operators', async () => {
    const portal = await start.portal();
    const said = (from: 'client' | number, text: string) => ({ from, text });
    const first = portal.sessions.seed({ lines: [said('client', 'one'), said(7, 'two'), said(9, 'three')] });
    const chat = portal.state.chats.get(first.chatId);
    assert.ok(chat);
    const second = portal.sessions.seed({ chat, lines: [said('client', 'four')] });
    const texts = async (params: object): Promise<unknown[]> => {
      const { result } = await history(portal, params);
      return keysOf(at(result, 'message')).map((id) => at(result, 'message', id, 'text'));
    };
    assert.deepEqual(await texts({ SESSION_ID: first.id }), ['one', 'two', 'three']);
    assert.deepEqual(await texts({ SESSION_ID: second.id }), ['four']);
    assert.deepEqual(first.operatorIds, [7, 9]);
  });

  it('leads back to the chat, long after its end', async () => {
    const portal = await start.portal();
    const session = portal.sessions.seed({ at: noon });
    const { result } = await viaWebhook(portal, 'imopenlines.dialog.get', { SESSION_ID: session.id });
    assert.deepEqual([at(result, 'id'), at(result, 'message_count')], [session.chatId, 7]);
    assert.equal(at(result, 'date_create'), '2026-03-10T12:00:00+03:00');
  });

  it('is for those with a right on the line; by its chat only for those who took part', async () => {
    const portal = await start.portal({ webhook: { userId: 33, admin: false } });
    const session = portal.sessions.seed();
    const error = async (params: object): Promise<unknown> => (await history(portal, params)).error;
    assert.equal(await error({}), 'MISSING_REQUIRED_PARAM');
    assert.equal(await error({ SESSION_ID: 9999 }), 'INVALID_SESSION_ID');
    assert.equal(await error({ SESSION_ID: session.id }), 'ACCESS_DENIED');
    portal.state.lines.get(3)?.operators.push(33);
    assert.equal(await error({ SESSION_ID: session.id }), undefined);
    assert.equal(await error({ CHAT_ID: session.chatId }), 'ACCESS_DENIED');
    session.operatorIds.push(33);
    assert.equal(await error({ CHAT_ID: session.chatId }), undefined);
  });
});

describe('sandbox telephony: messages of a dialog', () => {
  it('come newest first, for members only, in pages by id', async () => {
    const portal = await start.portal({ webhook: { userId: 7 } });
    const lines = Array.from({ length: 60 }, (_, index) => ({ from: 7, text: `line ${index}` }));
    const session = portal.sessions.seed({ finished: false, lines });
    const get = (params: object): Promise<{ result: unknown; error: unknown }> =>
      viaWebhook(portal, 'im.dialog.messages.get', { DIALOG_ID: `chat${session.chatId}`, ...params });
    const texts = async (params: object): Promise<unknown[]> =>
      rowsIn(at((await get(params)).result, 'messages')).map((message) => message['text']);
    const newest = await texts({});
    assert.deepEqual([newest.length, newest[0]], [20, 'line 59']);
    assert.equal((await texts({ LIMIT: 500 })).length, 50);
    const [first, second] = session.messageIds;
    assert.deepEqual(await texts({ LAST_ID: second }), ['line 0']);
    assert.deepEqual(await texts({ FIRST_ID: first, LIMIT: 2 }), ['line 2', 'line 1']);
    assert.equal((await get({ DIALOG_ID: '' })).error, 'DIALOG_ID_EMPTY');
    assert.equal((await get({ LAST_ID: 'x' })).error, 'LAST_ID_STRING');
    const chat = portal.state.chats.get(session.chatId);
    assert.ok(chat);
    portal.closeSession(chat);
    assert.equal((await get({})).error, 'ACCESS_ERROR');
  });
});
