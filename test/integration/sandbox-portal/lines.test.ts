import assert from 'node:assert/strict';
import type { Portal } from '../../../sandbox/bitrix24';
import { at, keysOf, servers, viaWebhook } from './support';

const start = servers();
const list = (portal: Portal, params: object = {}): ReturnType<typeof viaWebhook> =>
  viaWebhook(portal, 'imopenlines.config.list.get', params);

describe('the list of Open Channels', () => {
  it('has every field as text, and the bot that meets the clients', async () => {
    const portal = await start.portal();
    const bot = portal.addBot({ code: 'helper', type: 'openline' });
    portal.addBot({ code: 'clerk', type: 'bot' });
    const sales = portal.state.lines.get(4);
    assert.ok(sales);
    sales.welcomeBot = 'none';
    sales.active = false;
    const { result, body } = await list(portal);
    assert.deepEqual([at(result, 0, 'ID'), at(result, 0, 'ACTIVE')], ['3', 'Y']);
    assert.deepEqual(
      [at(result, 0, 'WELCOME_BOT_ENABLE'), at(result, 0, 'WELCOME_BOT_ID')],
      ['Y', String(bot.id)],
    );
    assert.deepEqual([at(result, 1, 'LINE_NAME'), at(result, 1, 'ACTIVE')], ['Sales', 'N']);
    assert.deepEqual([at(result, 1, 'WELCOME_BOT_ENABLE'), at(result, 1, 'WELCOME_BOT_ID')], ['N', '0']);
    assert.equal(body['total'], undefined);
  });

  it('gives the fields that are asked for, and the queue only when it is', async () => {
    const portal = await start.portal();
    const PARAMS = { select: ['ID', 'LINE_NAME'], filter: { LINE_NAME: 'Sales' } };
    assert.deepEqual((await list(portal, { PARAMS })).result, [{ ID: '4', LINE_NAME: 'Sales' }]);
    const withQueue = await list(portal, { PARAMS, OPTIONS: { QUEUE: 'Y' } });
    assert.deepEqual(at(withQueue.result, 0, 'QUEUE'), [7, 9]);
    assert.deepEqual(keysOf(at(withQueue.result, 0, 'QUEUE_USERS_FIELDS')), ['7', '9']);
  });

  it('pages by limit and offset inside PARAMS, fifty unasked, two hundred at most', async () => {
    const lines = Array.from({ length: 205 }, (_, place) => ({ id: place + 1 }));
    const portal = await start.portal({ lines });
    const ids = async (params: object): Promise<unknown[]> => {
      const { result } = await list(portal, params);
      return Array.isArray(result) ? result.map((line) => at(line, 'ID')) : [];
    };
    assert.equal((await ids({})).length, 50);
    assert.equal((await ids({ PARAMS: { limit: 999 } })).length, 200);
    assert.deepEqual(await ids({ PARAMS: { order: { ID: 'desc' }, limit: 2, offset: 1 } }), ['204', '203']);
    assert.equal((await ids({ start: 50 }))[0], '1');
  });

  it('refuses what has the wrong form or the wrong name, and whoever lacks the scope', async () => {
    const portal = await start.portal();
    for (const PARAMS of [{ select: 'ID' }, { order: 'ID' }, { filter: ['ID'] }]) {
      assert.equal((await list(portal, { PARAMS })).error, 'INVALID_FORMAT');
    }
    assert.equal((await list(portal, { PARAMS: { select: ['NAME'] } })).error, 'ERROR_CORE');
    const narrow = await start.portal({ webhook: { scopes: ['imbot'] } });
    assert.equal((await list(narrow)).error, 'insufficient_scope');
  });

  it('decides which bot joins a new session', async () => {
    const portal = await start.portal();
    const first = portal.addBot({ code: 'first', type: 'openline' });
    portal.addBot({ code: 'second', type: 'openline' });
    const line = portal.state.lines.get(3);
    assert.ok(line);
    line.welcomeBot = first.id;
    const chat = portal.openChannel();
    assert.deepEqual(
      [...chat.members].filter((id) => portal.state.bots.has(id)),
      [first.id],
    );
    line.welcomeBot = 'none';
    const alone = portal.openChannel({ session: 'none' });
    await portal.clientSays(alone, 'hello');
    assert.equal(alone.openLine?.session?.operator, 'queue');
  });
});
