import assert from 'node:assert/strict';
import type { Bot, Portal } from '../../../sandbox/bitrix24';
import { syncBot } from '../../../lib/bitrix24/bots/sync-bot';
import { at, servers } from '../sandbox-portal/support';
import { botToken, callsOf, restOf, webhookUrl, wishFor } from './support';

const start = servers();

function botOn(portal: Portal, code = 'helper'): Bot {
  const bot = [...portal.state.bots.values()].find((one) => one.code === code);
  assert.ok(bot);
  return bot;
}

function commandsOn(portal: Portal): unknown[] {
  return [...portal.state.commands.values()].map(({ name, title, params, common, hidden, extranet }) => [
    name,
    title,
    params,
    { common, hidden, extranet },
  ]);
}

const usualCommands = [
  ['help', { en: 'Help', ru: 'Помощь' }, { en: 'topic' }, { common: false, hidden: false, extranet: false }],
  ['operator', { en: 'Operator' }, {}, { common: true, hidden: false, extranet: true }],
];

describe('a v2 bot on deploy', () => {
  it('is registered with its commands, and then only read', async () => {
    const portal = await start.portal();
    const called = callsOf(portal);
    const rest = restOf(portal);
    const first = await syncBot(rest, wishFor());
    assert.deepEqual(called(), [
      'Bot.get',
      'Bot.register',
      'Command.list',
      'Command.register',
      'Command.register',
      'Command.list',
    ]);
    assert.deepEqual(first.did, ['registered', 'command-registered', 'command-registered']);
    assert.deepEqual(first.notes, []);
    const bot = botOn(portal);
    assert.equal(first.botId, bot.id);
    assert.deepEqual([bot.type, bot.eventMode, bot.handlerUrls], ['openline', 'webhook', [webhookUrl]]);
    assert.deepEqual([bot.color, bot.owner], ['MINT', { kind: 'token', token: botToken }]);
    assert.equal(portal.state.users.get(bot.id)?.workPosition, 'Bot');
    assert.deepEqual(commandsOn(portal), usualCommands);

    const second = await syncBot(rest, wishFor(), { fingerprint: first.fingerprint });
    assert.deepEqual(called(), ['Bot.get', 'Command.list']);
    assert.deepEqual(second, { ...first, did: [] });
  });

  it('keeps no secret in its fingerprint', async () => {
    const portal = await start.portal();
    const { fingerprint } = await syncBot(restOf(portal), wishFor());
    assert.doesNotMatch(fingerprint, /flows\.example|bot-token|iVBOR/);
  });

  it('is renamed, and changed in nothing else', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const { fingerprint } = await syncBot(rest, wishFor());
    const called = callsOf(portal);
    const { did } = await syncBot(rest, wishFor({ botName: 'Concierge' }), { fingerprint });
    assert.deepEqual(did, ['updated']);
    assert.deepEqual(called(), ['Bot.get', 'Bot.update', 'Command.list']);
    assert.deepEqual(at(portal.calls.at(-2), 'params', 'fields'), {
      properties: { name: 'Concierge', lastName: '' },
    });
    const bot = botOn(portal);
    assert.equal(portal.state.users.get(bot.id)?.name, 'Concierge');
  });

  const changes: [string, Parameters<typeof wishFor>[0], object][] = [
    ['colour', { color: 'RED' }, { properties: { color: 'RED' } }],
    ['avatar', { avatar: 'data:image/png;base64,AAAA' }, { properties: { avatar: 'AAAA' } }],
    ['position', { workPosition: 'Assistant' }, { properties: { workPosition: 'Assistant' } }],
    ['emptied position', { workPosition: '' }, { properties: { workPosition: '' } }],
    ['mode', { eventMode: 'fetch' }, { eventMode: 'fetch' }],
    [
      'address',
      { webhookUrl: 'https://new.example/in' },
      { eventMode: 'webhook', webhookUrl: 'https://new.example/in' },
    ],
  ];
  for (const [name, change, expected] of changes) {
    it(`has only what differs written: ${name}`, async () => {
      const portal = await start.portal();
      const rest = restOf(portal);
      const first = await syncBot(rest, wishFor());
      const second = await syncBot(rest, wishFor(change), first);
      assert.deepEqual(second.did, ['updated']);
      const update = portal.calls.find(({ method }) => method === 'imbot.v2.Bot.update');
      assert.deepEqual(at(update, 'params', 'fields'), expected);
      assert.deepEqual(second.notes, []);
      assert.deepEqual((await syncBot(rest, wishFor(change), second)).did, []);
    });
  }

  it('is put right when somebody has changed it on the portal', async () => {
    const portal = await start.portal({ language: 'ru' });
    const rest = restOf(portal);
    const first = await syncBot(rest, wishFor());
    const bot = botOn(portal);
    const user = portal.state.users.get(bot.id);
    assert.ok(user);
    user.name = 'Somebody';
    bot.eventMode = 'fetch';
    for (const command of portal.state.commands.values()) command.title = { ru: 'x' };
    const { did } = await syncBot(rest, wishFor(), first);
    assert.deepEqual(did, ['updated', 'command-updated', 'command-updated']);
    assert.deepEqual([user.name, bot.eventMode, bot.handlerUrls], ['Helper', 'webhook', [webhookUrl]]);
    assert.deepEqual(commandsOn(portal)[0], usualCommands[0]);
  });

  it('has commands registered, changed in one language, and removed as the table says', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const first = await syncBot(rest, wishFor());
    const called = callsOf(portal);
    const commands = [
      { command: 'help', title: { en: 'Help', de: 'Hilfe' }, params: { en: 'topic' } },
      { command: 'secret', hidden: true },
    ];
    const second = await syncBot(rest, wishFor({ commands }), first);
    assert.deepEqual(second.did, ['command-updated', 'command-registered', 'command-unregistered']);
    assert.deepEqual(called(), [
      'Bot.get',
      'Command.list',
      'Command.update',
      'Command.register',
      'Command.unregister',
      'Command.list',
    ]);
    assert.deepEqual(commandsOn(portal), [
      [
        'help',
        { en: 'Help', de: 'Hilfe' },
        { en: 'topic' },
        { common: false, hidden: false, extranet: false },
      ],
      ['secret', {}, {}, { common: false, hidden: true, extranet: false }],
    ]);
    assert.deepEqual((await syncBot(rest, wishFor({ commands }), second)).did, []);
  });

  it('loses nothing but a few calls with its fingerprint', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    await syncBot(rest, wishFor());
    const changed = wishFor({
      webhookUrl: 'https://new.example/in',
      commands: [{ command: 'help', title: { en: 'Help' } }],
    });
    for (const fingerprint of [undefined, '', 'rubbish', '{"version":99,"botId":55}']) {
      const { did } = await syncBot(rest, changed, { fingerprint });
      assert.equal(did[0], 'updated');
      assert.deepEqual(botOn(portal).handlerUrls, ['https://new.example/in']);
      // The second language is gone although nobody remembers that it was ever there.
      assert.deepEqual(
        [...portal.state.commands.values()].map(({ name, title }) => [name, title]),
        [['help', { en: 'Help' }]],
      );
    }
    assert.equal(portal.state.bots.size, 1);
  });

  it('forgets before it writes, and not when it only reads', async () => {
    const portal = await start.portal();
    const log: string[] = [];
    const rest = restOf(portal);
    const watched = {
      call: (...call: Parameters<typeof rest.call>) => {
        log.push(call[0]);
        return rest.call(...call);
      },
    };
    const forget = async (): Promise<void> => void log.push('forget');
    const first = await syncBot(watched, wishFor({ commands: [] }), { forget });
    assert.deepEqual(log.slice(0, 3), ['imbot.v2.Bot.get', 'forget', 'imbot.v2.Bot.register']);
    log.length = 0;
    await syncBot(watched, wishFor({ commands: [] }), { ...first, forget });
    assert.equal(log.includes('forget'), false);
  });

  it('is registered anew when it is gone, with all its commands', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const first = await syncBot(rest, wishFor());
    await portal.removeBot(botOn(portal));
    const { did, botId } = await syncBot(rest, wishFor(), first);
    assert.deepEqual(did, ['registered', 'command-registered', 'command-registered']);
    assert.notEqual(botId, first.botId);
  });

  it('cannot become another type: that is said, and the bot stays', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const first = await syncBot(rest, wishFor({ botType: 'bot' }));
    const second = await syncBot(rest, wishFor({ botType: 'openline' }), first);
    assert.equal(second.botId, first.botId);
    // It serves Open Channels all the same: that much can be changed.
    assert.equal(botOn(portal).supportsOpenChannels, true);
    assert.deepEqual(
      second.notes.map(({ code, params }) => [code, params]),
      [['TYPE_DIFFERS', { wanted: 'openline', found: 'bot' }]],
    );
    assert.deepEqual((await syncBot(rest, wishFor(), second)).did, []);
  });

  it('does not fight a portal that shows something else than it was given', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const shouting: typeof rest = {
      call: async (method, params, options) => {
        const answer = await rest.call(method, params, options);
        const shouted: unknown = JSON.parse(JSON.stringify(answer).replaceAll('Helper', 'HELPER'));
        return shouted;
      },
    };
    const first = await syncBot(shouting, wishFor({ commands: [] }));
    assert.deepEqual(
      first.notes.map(({ code, params }) => [code, params]),
      [['PORTAL_KEEPS', { fields: 'name' }]],
    );
    const second = await syncBot(shouting, wishFor({ commands: [] }), first);
    assert.deepEqual(second.did, []);
  });

  it('of an app needs no token', async () => {
    const portal = await start.portal({ app: {} });
    const rest = restOf(portal, portal.issueTokens().token);
    const first = await syncBot(rest, wishFor({ botToken: undefined }));
    assert.equal(botOn(portal).owner.kind, 'app');
    const called = callsOf(portal);
    assert.deepEqual((await syncBot(rest, wishFor({ botToken: undefined }), first)).did, []);
    assert.deepEqual(called(), ['Bot.get', 'Command.list']);
    const moved = wishFor({ botToken: undefined, webhookUrl: 'https://new.example/in' });
    const { notes } = await syncBot(rest, moved, first);
    assert.deepEqual(
      notes.map(({ code, params }) => [code, params]),
      [['OLD_ADDRESS_MAY_STAY', { reason: 'neighbours' }]],
    );
  });

  it('is warned of old addresses by a portal that is too old to tell its revision', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const first = await syncBot(rest, wishFor());
    portal.failNext({
      method: 'imbot.v2.Revision.get',
      with: { status: 404, error: 'ERROR_METHOD_NOT_FOUND' },
    });
    const { notes } = await syncBot(rest, wishFor({ webhookUrl: 'https://new.example/in' }), first);
    assert.deepEqual(
      notes.map(({ code, params }) => [code, params]),
      [['OLD_ADDRESS_MAY_STAY', { reason: 'revision' }]],
    );
  });
});
