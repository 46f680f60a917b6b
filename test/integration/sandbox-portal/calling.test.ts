import assert from 'node:assert/strict';
import { manualClock } from '../../support/manual-clock';
import { at, keysOf, servers, viaApp, viaWebhook } from './support';

const start = servers();

async function codeOf(call: Promise<{ status: number; error: unknown }>): Promise<string> {
  const { status, error } = await call;
  return `${status} ${typeof error === 'string' ? error : ''}`;
}

describe('sandbox portal: calling a method', () => {
  it('answers with a result and a time block', async () => {
    const portal = await start.portal();
    const { status, result, body } = await viaWebhook(portal, 'profile');
    assert.equal(status, 200);
    assert.equal(at(result, 'ID'), '1');
    assert.equal(at(result, 'ADMIN'), true);
    assert.deepEqual(keysOf(body['time']), [
      'start',
      'finish',
      'duration',
      'processing',
      'date_start',
      'date_finish',
      'operating_reset_at',
      'operating',
    ]);
  });

  it('takes GET, a form, and the .json suffix', async () => {
    const portal = await start.portal();
    const got = await fetch(`${portal.webhookUrl}user.get.json?FILTER%5BID%5D%5B0%5D=7`);
    assert.equal(at(await got.json(), 'result', 0, 'ID'), '7');
    const posted = await fetch(`${portal.webhookUrl}user.get`, {
      method: 'POST',
      body: new URLSearchParams({ 'FILTER[ID]': '9' }),
    });
    assert.equal(at(await posted.json(), 'result', 0, 'ID'), '9');
  });

  it('reads nothing from a body of another type', async () => {
    const portal = await start.portal();
    const headers = { 'Content-Type': 'text/plain' };
    const body = JSON.stringify({ FILTER: { ID: 7 } });
    const response = await fetch(`${portal.webhookUrl}user.get`, { method: 'POST', headers, body });
    assert.equal(at(await response.json(), 'total'), 3);
  });

  it('refuses a wrong secret, a missing token, an unknown method and a misspelt one', async () => {
    const portal = await start.portal();
    const wrong = await fetch(`${portal.origin}/rest/1/wrong/profile`);
    assert.equal(wrong.status, 401);
    assert.equal(at(await wrong.json(), 'error'), 'NO_AUTH_FOUND');
    assert.equal(at(await (await fetch(`${portal.origin}/rest/profile`)).json(), 'error'), 'NO_AUTH_FOUND');
    assert.equal(await codeOf(viaWebhook(portal, 'no.such.method')), '404 ERROR_METHOD_NOT_FOUND');
    assert.equal(
      await codeOf(viaWebhook(portal, 'imbot.v2.chat.message.send')),
      '404 ERROR_METHOD_NOT_FOUND',
    );
    assert.equal(await codeOf(viaWebhook(portal, 'constructor')), '404 ERROR_METHOD_NOT_FOUND');
  });

  it('checks scopes, and tells about them', async () => {
    const portal = await start.portal({ webhook: { scopes: ['imbot'] } });
    assert.equal(await codeOf(viaWebhook(portal, 'user.get')), '403 insufficient_scope');
    const session = viaWebhook(portal, 'imopenlines.bot.session.operator', { CHAT_ID: 1 });
    assert.equal(await codeOf(session), '403 insufficient_scope');
    assert.deepEqual((await viaWebhook(portal, 'scope')).result, ['imbot']);
    const known = await viaWebhook(portal, 'method.get', { name: 'user.get' });
    assert.deepEqual(known.result, { isExisting: true, isAvailable: false });
    const capital = await viaWebhook(portal, 'method.get', { name: 'imbot.v2.Bot.register' });
    assert.deepEqual(capital.result, { isExisting: false, isAvailable: false });
    const small = await viaWebhook(portal, 'method.get', { name: 'imbot.v2.bot.register' });
    assert.deepEqual(small.result, { isExisting: true, isAvailable: true });
  });

  it('keeps app methods from a webhook', async () => {
    const portal = await start.portal({ app: {} });
    assert.equal(await codeOf(viaWebhook(portal, 'app.info')), '403 WRONG_AUTH_TYPE');
    assert.equal(await codeOf(viaWebhook(portal, 'event.bind', {})), '403 WRONG_AUTH_TYPE');
    const { token } = portal.issueTokens();
    assert.equal(at((await viaApp(portal, token, 'app.info')).result, 'INSTALLED'), true);
  });

  it('pages lists in both ways', async () => {
    const portal = await start.portal();
    for (let count = 0; count < 57; count += 1) portal.addUser();
    const first = await viaWebhook(portal, 'user.get');
    assert.deepEqual([first.body['total'], first.body['next']], [60, 50]);
    const second = await viaWebhook(portal, 'user.get', { start: 50 });
    assert.equal(second.body['next'], undefined);
    assert.equal(Array.isArray(second.result) && second.result.length, 10);
    const fast = await viaWebhook(portal, 'user.get', { start: -1 });
    assert.deepEqual([fast.body['total'], fast.body['next']], [0, undefined]);
    assert.equal(Array.isArray(fast.result) && fast.result.length, 50);
  });

  it('leaves bots and clients out of user.get', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const chat = portal.openChannel();
    const clientId = chat.openLine?.clientId;
    const { result } = await viaWebhook(portal, 'user.get', { FILTER: { ID: [bot.id, clientId, 7] } });
    assert.deepEqual(Array.isArray(result) && result.map((user: unknown) => at(user, 'ID')), ['7']);
  });

  it('limits the rate per plan and lets it recover', async () => {
    const clock = manualClock(1_800_000_000_000);
    const portal = await start.portal({ clock });
    for (let count = 0; count < 50; count += 1)
      assert.equal((await viaWebhook(portal, 'server.time')).status, 200);
    assert.equal(await codeOf(viaWebhook(portal, 'server.time')), '503 QUERY_LIMIT_EXCEEDED');
    await clock.advance(1000);
    assert.equal((await viaWebhook(portal, 'server.time')).status, 200);
    const other = await start.portal({ clock, limits: { perSecond: 1, bucket: 0 }, rateLimitStatus: 429 });
    assert.equal(await codeOf(viaWebhook(other, 'server.time')), '429 QUERY_LIMIT_EXCEEDED');
  });

  it('blocks one method after its operating time, until the time it named', async () => {
    const clock = manualClock(1_800_000_000_000);
    const portal = await start.portal({ clock });
    portal.spendOperating('profile', 500);
    assert.equal(await codeOf(viaWebhook(portal, 'profile')), '429 OPERATION_TIME_LIMIT');
    assert.equal((await viaWebhook(portal, 'server.time')).status, 200);
    await clock.advance(600_000);
    assert.equal((await viaWebhook(portal, 'profile')).status, 200);
  });

  it('records calls without a secret in them', async () => {
    const portal = await start.portal({ app: {} });
    const { token } = portal.issueTokens();
    portal.addBot({ botToken: 'super-secret-token' });
    const say = { botId: 1, botToken: 'super-secret-token', CLIENT_ID: 'other-secret', dialogId: 'chat1' };
    await viaWebhook(portal, 'imbot.v2.Chat.Message.send', say);
    await viaApp(portal, token, 'profile', { note: `${portal.webhookUrl}profile`, [token]: 1 });
    await viaWebhook(portal, 'batch', {
      cmd: { a: 'profile?auth=third-secret&botToken=super-secret-token' },
    });
    const [sent, asked, , batch] = portal.calls;
    assert.deepEqual(
      [sent?.method, sent?.status, sent?.error],
      ['imbot.v2.Chat.Message.send', 400, 'BOT_NOT_FOUND'],
    );
    assert.deepEqual([asked?.auth, asked?.httpRequest, batch?.httpRequest], ['app', 2, 3]);
    const written = JSON.stringify(portal.calls);
    for (const secret of [
      'super-secret-token',
      'other-secret',
      'third-secret',
      token,
      portal.state.webhook.secret,
    ]) {
      assert.equal(written.includes(secret), false);
    }
  });
});
