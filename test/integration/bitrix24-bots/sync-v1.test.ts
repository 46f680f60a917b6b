import assert from 'node:assert/strict';
import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import { listBots, listCommands, removeBot } from '../../../lib/bitrix24/bots/portal-bots';
import { syncBot } from '../../../lib/bitrix24/bots/sync-bot';
import { restBench } from '../bitrix24-rest/support';
import { servers } from '../sandbox-portal/support';
import { botToken, callsOf, restOf, webhookUrl, wishFor } from './support';

const start = servers();
const bench = restBench();

function older(changes: Partial<BotWish> = {}): BotWish {
  return wishFor({ apiVersion: 'v1', ...changes });
}

describe('a v1 bot on deploy', () => {
  it('is registered with its commands, and then only read', async () => {
    const portal = await start.portal();
    const called = callsOf(portal);
    const rest = restOf(portal);
    const first = await syncBot(rest, older());
    assert.deepEqual(called(), ['bot.list', 'register', 'bot.list', 'command.register', 'command.register']);
    assert.deepEqual(first.did, ['registered', 'command-registered', 'command-registered']);
    assert.deepEqual(first.notes, []);
    const handlers = portal.state.v1Handlers.get(`token:${botToken}`);
    assert.equal(handlers?.size, 7);
    assert.ok([...handlers.values()].every((url) => url === webhookUrl));
    const [help, operator] = [...portal.state.commands.values()];
    assert.deepEqual([help?.title, help?.params], [{ en: 'Help', ru: 'Помощь' }, { en: 'topic' }]);
    assert.deepEqual([operator?.name, operator?.common, operator?.extranet], ['operator', true, true]);
    assert.deepEqual(await syncBot(rest, older(), first), { ...first, did: [] });
    assert.deepEqual(called(), ['bot.list']);
  });

  it('hears of edits and deletions although a registration ignores them', async () => {
    const portal = await start.portal();
    await syncBot(restOf(portal), older({ botType: 'bot' }));
    const handlers = portal.state.v1Handlers.get(`token:${botToken}`);
    assert.equal(handlers?.get('ONIMBOTMESSAGEUPDATE'), webhookUrl);
    assert.equal(handlers?.get('ONIMBOTMESSAGEDELETE'), webhookUrl);
  });

  it('is renamed, moved, and its commands follow the table', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const first = await syncBot(rest, older());
    const called = callsOf(portal);
    const renamed = await syncBot(rest, older({ botName: 'Concierge' }), first);
    assert.deepEqual(renamed.did, ['updated']);
    assert.deepEqual(called(), ['bot.list', 'update', 'bot.list']);
    assert.equal(portal.state.users.get(first.botId)?.name, 'Concierge');

    const moved = older({ webhookUrl: 'https://new.example/in', commands: [] });
    const second = await syncBot(rest, moved, first);
    assert.deepEqual(second.did, ['updated', 'command-unregistered', 'command-unregistered']);
    assert.equal(
      portal.state.v1Handlers.get(`token:${botToken}`)?.get('ONIMBOTMESSAGEADD'),
      moved.webhookUrl,
    );

    const commands = [{ command: 'help', hidden: true }];
    const third = await syncBot(rest, { ...moved, commands }, second);
    assert.deepEqual(third.did, ['command-registered']);
    const common = [{ command: 'help', hidden: true, common: true }];
    const fourth = await syncBot(rest, { ...moved, commands: common }, third);
    assert.deepEqual(fourth.did, ['command-registered']);
    assert.deepEqual(
      [...portal.state.commands.values()].map((one) => [one.name, one.common, one.hidden]),
      [['help', true, true]],
    );
    const shown = [{ command: 'help', title: { en: 'Help' }, common: true }];
    const fifth = await syncBot(rest, { ...moved, commands: shown }, fourth);
    assert.deepEqual(fifth.did, ['command-updated']);
    assert.deepEqual((await syncBot(rest, { ...moved, commands: shown }, fifth)).did, []);
  });

  it('says what it cannot know without its fingerprint, and writes everything once more', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    await syncBot(rest, older());
    const moved = older({ webhookUrl: 'https://new.example/in' });
    const { did, notes } = await syncBot(rest, moved);
    assert.deepEqual(did, ['updated', 'command-registered', 'command-registered']);
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['OLD_COMMANDS_UNKNOWN'],
    );
    const urls = new Set(portal.state.v1Handlers.get(`token:${botToken}`)?.values());
    assert.deepEqual([...urls], [moved.webhookUrl]);
    assert.equal(portal.state.commands.size, 2);
  });

  it('of an app shares its address with the others, of which there are five at most', async () => {
    const portal = await start.portal({ app: {} });
    const rest = restOf(portal, portal.issueTokens().token);
    const wish = (code: string): BotWish => older({ code, botToken: undefined, commands: [] });
    const [first] = [await syncBot(rest, wish('one'))];
    assert.deepEqual(first.notes, []);
    for (const code of ['two', 'three', 'four', 'five']) {
      const { notes } = await syncBot(rest, wish(code));
      assert.equal(notes[0]?.code, 'ADDRESS_SHARED');
    }
    await assert.rejects(syncBot(rest, wish('six')), {
      serviceCode: 'MAX_COUNT_ERROR',
      params: { method: 'imbot.register', reason: 'MAX_COUNT_ERROR', obstacle: 'too-many-bots' },
    });
  });

  it('cannot become another type, nor take a code of somebody else', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const first = await syncBot(rest, older({ botType: 'bot' }));
    const second = await syncBot(rest, older({ botType: 'supervisor' }), first);
    assert.deepEqual(second.notes[0]?.params, { wanted: 'supervisor', found: 'bot' });
    const third = await syncBot(rest, older({ botType: 'openline' }));
    assert.ok(third.notes.some(({ code }) => code === 'TYPE_DIFFERS'));
    portal.addBot({ code: 'newer' });
    await assert.rejects(syncBot(rest, older({ code: 'newer' })), {
      serviceCode: 'WRONG_REQUEST',
      message: /another app/,
    });
  });
});

describe("a portal's bots", () => {
  it('are listed over all pages, with their names', async () => {
    const portal = await start.portal();
    for (let count = 0; count < 120; count += 1) {
      portal.addBot({
        code: `bot${count}`,
        name: `Bot ${count}`,
        botToken: count < 100 ? botToken : 'other',
      });
    }
    const called = callsOf(portal);
    const bots = await listBots(restOf(portal), { apiVersion: 'v2', botToken });
    assert.equal(bots.length, 120);
    assert.deepEqual(called(), ['Bot.list', 'Bot.list', 'Bot.list']);
    const { id, ...card } = bots[0] ?? { id: 0 };
    assert.ok(id > 0);
    assert.deepEqual(card, {
      code: 'bot0',
      name: 'Bot 0',
      type: 'openline',
      eventMode: 'fetch',
      openLines: true,
      isOwn: true,
    });
    assert.deepEqual([bots.at(-1)?.name, bots.at(-1)?.isOwn], ['Bot 119', false]);
    const again = await listBots(restOf(portal), { apiVersion: 'v1', botToken });
    assert.equal(again.length, 120);
  });

  it('do not keep us when there is always a next page', async () => {
    const rest = { call: async () => ({ bots: [{ id: 7, code: 'x' }], users: [], hasNextPage: true }) };
    assert.deepEqual(await listBots(rest, { apiVersion: 'v2' }), [
      { id: 7, code: 'x', name: '', isOwn: false },
    ]);
  });

  for (const apiVersion of ['v1', 'v2'] as const) {
    it(`can be removed, once (${apiVersion})`, async () => {
      const portal = await start.portal();
      const rest = restOf(portal);
      const { botId } = await syncBot(rest, wishFor({ apiVersion }));
      const access = { apiVersion, botToken, botId };
      const commands = await listCommands(bench.viaWebhook(portal), { ...access, botIds: [botId] });
      assert.deepEqual(
        commands?.get(botId)?.map(({ name, title }) => [name, title]),
        apiVersion === 'v2'
          ? [
              ['help', 'Help'],
              ['operator', 'Operator'],
            ]
          : undefined,
      );
      assert.equal(await removeBot(rest, access), true);
      assert.equal(portal.state.bots.size, 0);
      assert.equal(await removeBot(rest, access), false);
      await portal.settled();
    });
  }
});
