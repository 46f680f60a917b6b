import assert from 'node:assert/strict';
import { RefusedError } from '../../../lib/core/errors';
import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import { syncBot } from '../../../lib/bitrix24/bots/sync-bot';
import { servers } from '../sandbox-portal/support';
import { callsOf, restOf, wishFor } from './support';

const start = servers();

describe('a wish that cannot be carried out', () => {
  const wishes: [string, Partial<BotWish>, RegExp][] = [
    ['a command without a title', { commands: [{ command: 'help', title: { en: ' ' } }] }, /\/help.*title/],
    ['a command of two words', { commands: [{ command: 'help me', title: { en: 'x' } }] }, /\/help me/],
    [
      'a command twice',
      { commands: ['a', '/A'].map((command) => ({ command, title: { en: 'x' } })) },
      /\/A.*once/,
    ],
    ['no code', { code: ' ' }, /code/],
    ['no name', { botName: '' }, /botName/],
    ['no address', { webhookUrl: undefined }, /publicUrl/],
    ['a long token', { botToken: 'x'.repeat(41) }, /botToken.*40/],
    ['an avatar that is an address', { avatar: 'https://example.org/a.png' }, /avatar.*base64/],
    ['fetching by v1', { apiVersion: 'v1', eventMode: 'fetch' }, /eventMode/],
    ['a personal bot by v1', { apiVersion: 'v1', botType: 'personal' }, /botType/],
  ];
  for (const [name, change, message] of wishes) {
    it(`is refused before anything is called: ${name}`, async () => {
      const portal = await start.portal();
      const called = callsOf(portal);
      await assert.rejects(syncBot(restOf(portal), wishFor(change)), (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.match(String(error.code), /^CONFIG_(EMPTY|INVALID)$/);
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(called(), []);
    });
  }
});

describe('a portal that says no to a bot', () => {
  async function obstacleOf(attempt: Promise<unknown>): Promise<[unknown, unknown, unknown]> {
    const error: unknown = await attempt.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof RefusedError, String(error));
    assert.doesNotMatch(error.message, /bot-token|flows\.example/);
    return [error.code, error.serviceCode, error.params['obstacle']];
  }

  it('names a code that is taken', async () => {
    const portal = await start.portal({ app: {} });
    const rest = restOf(portal);
    portal.addBot({ botToken: 'other' });
    assert.deepEqual(await obstacleOf(syncBot(rest, wishFor())), [
      'BITRIX_BOT_TAKEN',
      'BOT_OWNERSHIP_ERROR',
      'code-taken',
    ]);
    const error = { status: 400, error: 'BOT_CODE_ALREADY_TAKEN' };
    portal.failNext({ method: 'imbot.v2.Bot.register', with: error });
    assert.deepEqual(await obstacleOf(syncBot(rest, wishFor({ code: 'other' }))), [
      'BITRIX_BOT_TAKEN',
      'BOT_CODE_ALREADY_TAKEN',
      'code-taken',
    ]);
    // The app's own bot of the older generation looks like ours until it is registered again.
    portal.addBot({ code: 'older', api: 'v1', byApp: true, webhookUrl: 'https://flows.example/in' });
    const asApp = restOf(portal, portal.issueTokens().token);
    const wish = wishFor({ code: 'older', botToken: undefined });
    assert.equal((await obstacleOf(syncBot(asApp, wish)))[2], 'code-taken');
  });

  it('explains limits, missing methods and refused addresses', async () => {
    const portal = await start.portal();
    const rest = restOf(portal);
    const rows: [string, string, string][] = [
      ['Bot.register', 'BOT_LIMIT_EXCEEDED', 'too-many-bots'],
      ['Bot.get', 'ERROR_METHOD_NOT_FOUND', 'v2-missing'],
      ['Bot.register', 'BOT_AVATAR_INCORRECT_SIZE', 'avatar-refused'],
      ['Command.register', 'COMMAND_NAME_INVALID', 'command-refused'],
    ];
    for (const [method, error, obstacle] of rows) {
      portal.failNext({ method: `imbot.v2.${method}`, with: { status: 400, error } });
      const code = `bot-of-${obstacle}`;
      assert.deepEqual(await obstacleOf(syncBot(rest, wishFor({ code }))), [
        'BITRIX_REFUSED',
        error,
        obstacle,
      ]);
    }
    const plain = wishFor({ code: 'plain', webhookUrl: 'http://flows.example/in' });
    assert.equal((await obstacleOf(syncBot(rest, plain)))[2], 'address-refused');
    assert.equal((await obstacleOf(syncBot(rest, wishFor({ botToken: '' }))))[2], 'token-missing');
  });

  it('is left alone with anything else', async () => {
    const portal = await start.portal();
    portal.failNext({ method: 'imbot.v2.Bot.get', with: { status: 401, error: 'insufficient_scope' } });
    await assert.rejects(syncBot(restOf(portal), wishFor()), { serviceCode: 'insufficient_scope' });
    const ended = AbortSignal.abort();
    await assert.rejects(syncBot(restOf(portal), wishFor(), { signal: ended }));
    assert.equal(portal.state.bots.size, 0);
  });

  it('with another API version than the bot was registered with, names the setting', async () => {
    const portal = await start.portal({ app: {} });
    const rest = restOf(portal, portal.issueTokens().token);
    const { fingerprint } = await syncBot(rest, wishFor({ botToken: undefined, apiVersion: 'v1' }));
    await assert.rejects(syncBot(rest, wishFor({ botToken: undefined }), { fingerprint }), {
      code: 'CONFIG_INVALID',
      message: /apiVersion.*v1/,
    });
    assert.equal(portal.state.bots.size, 1);
  });
});
