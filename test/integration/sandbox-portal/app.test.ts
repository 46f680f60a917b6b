import assert from 'node:assert/strict';
import { startAuthServer, type AuthServer, type Portal } from '../../../sandbox/bitrix24';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { at, servers, viaApp } from './support';

const start = servers();

interface Scene {
  portal: Portal;
  auth: AuthServer;
  clock: ManualClock;
  ask: (params: Record<string, string>) => Promise<{ status: number; body: unknown }>;
}

async function scene(app: { installUrl?: string; installed?: boolean } = {}): Promise<Scene> {
  const clock = manualClock(1_800_000_000_000);
  const auth = start.keep(await startAuthServer({ clock }));
  const portal = await start.portal({
    clock,
    authServer: auth,
    app: { clientId: 'local.app', clientSecret: 'app-secret', ...app },
  });
  const ask: Scene['ask'] = async (params) => {
    const body = new URLSearchParams({ client_id: 'local.app', client_secret: 'app-secret', ...params });
    const response = await fetch(`${auth.origin}/oauth/token/`, { method: 'POST', body });
    return { status: response.status, body: await response.json() };
  };
  return { portal, auth, clock, ask };
}

describe('sandbox portal: tokens of an app', () => {
  it('refuses expired, unknown and foreign tokens in their own ways', async () => {
    const { portal, clock } = await scene();
    const other = await scene();
    const pair = portal.issueTokens();
    assert.equal((await viaApp(portal, pair.token, 'profile')).status, 200);
    assert.equal((await viaApp(portal, 'unknown', 'profile')).error, 'invalid_token');
    assert.equal((await viaApp(portal, other.portal.issueTokens().token, 'profile')).error, 'invalid_token');
    await clock.advance(3_600_000);
    const expired = await viaApp(portal, pair.token, 'profile');
    assert.deepEqual([expired.status, expired.error], [401, 'expired_token']);
    const fresh = portal.issueTokens();
    portal.revokeTokens();
    assert.equal((await viaApp(portal, fresh.token, 'profile')).error, 'invalid_token');
    const inQuery = await fetch(`${portal.origin}/rest/profile?auth=${portal.issueTokens().token}`);
    assert.equal(inQuery.status, 200);
  });

  it('renews a pair once, and the old refresh token is used up', async () => {
    const { portal, auth, ask } = await scene();
    const { refreshToken, token } = portal.issueTokens();
    portal.expireTokens();
    assert.equal((await viaApp(portal, token, 'profile')).error, 'expired_token');
    const { status, body } = await ask({ grant_type: 'refresh_token', refresh_token: refreshToken });
    assert.equal(status, 200);
    assert.equal(at(body, 'domain'), auth.host);
    assert.equal(at(body, 'client_endpoint'), `${portal.origin}/rest/`);
    assert.equal(at(body, 'member_id'), portal.memberId);
    assert.equal((await viaApp(portal, String(at(body, 'access_token')), 'profile')).status, 200);
    const again = await ask({ grant_type: 'refresh_token', refresh_token: refreshToken });
    assert.deepEqual([again.status, at(again.body, 'error')], [400, 'invalid_grant']);
    assert.equal(auth.refreshes, 1);
    assert.deepEqual(
      auth.tokenRequests.map((one) => [one.status, one.secretsInUrl]),
      [
        [200, false],
        [400, false],
      ],
    );
  });

  it('refuses a wrong secret without using the token up, and old tokens', async () => {
    const { portal, ask, clock } = await scene();
    const { refreshToken } = portal.issueTokens();
    const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const wrong = await ask({ ...refresh, client_secret: 'wrong' });
    assert.deepEqual([wrong.status, at(wrong.body, 'error')], [401, 'invalid_client']);
    assert.equal(at((await ask({ grant_type: 'password' })).body, 'error'), 'invalid_request');
    await clock.advance(181 * 24 * 3_600_000);
    assert.equal(at((await ask(refresh)).body, 'error'), 'invalid_grant');
  });

  it('gives out a code for thirty seconds through the authorisation page', async () => {
    const { portal, ask, clock } = await scene({ installUrl: 'https://flows.example/back' });
    const authorize = `${portal.origin}/oauth/authorize/?client_id=local.app&state=s1`;
    const codeFrom = async (): Promise<string> => {
      const response = await fetch(authorize, { redirect: 'manual' });
      const back = new URL(response.headers.get('location') ?? '');
      assert.deepEqual(
        [back.searchParams.get('state'), back.searchParams.get('member_id')],
        ['s1', portal.memberId],
      );
      return back.searchParams.get('code') ?? '';
    };
    const good = await ask({ grant_type: 'authorization_code', code: await codeFrom() });
    assert.equal(good.status, 200);
    const code = await codeFrom();
    await clock.advance(30_000);
    assert.equal(at((await ask({ grant_type: 'authorization_code', code })).body, 'error'), 'invalid_grant');
    const foreign = await fetch(`${portal.origin}/oauth/authorize/?client_id=other`, { redirect: 'manual' });
    assert.equal(foreign.status, 404);
  });

  it('fails on demand; a lost answer still uses the token up', async () => {
    const { portal, auth, ask } = await scene();
    const refresh = { grant_type: 'refresh_token', refresh_token: portal.issueTokens().refreshToken };
    auth.failNext({ with: { status: 503, error: 'internal' } });
    assert.equal((await ask(refresh)).status, 503);
    auth.failNext({ method: 'token', with: 'answer-lost' });
    await assert.rejects(ask(refresh));
    assert.equal(at((await ask(refresh)).body, 'error'), 'invalid_grant');
  });

  it('says whose token it is', async () => {
    const { portal, auth } = await scene();
    const { token } = portal.issueTokens();
    const check = async (given: string): Promise<unknown> =>
      (await fetch(`${auth.origin}/rest/app.info?auth=${given}`)).json();
    const known = await check(token);
    assert.equal(at(known, 'result', 'client_id'), 'local.app');
    assert.equal(at(known, 'result', 'install', 'member_id'), portal.memberId);
    assert.equal(at(await check('forged'), 'error'), 'invalid_token');
    assert.equal(auth.checks, 2);
  });
});

describe('sandbox portal: life of an app', () => {
  it('installs with both tokens, and only then tells the bots anything', async () => {
    const handler = await start.handler();
    const { portal } = await scene({ installUrl: handler.url, installed: false });
    const bot = portal.addBot({ byApp: true, webhookUrl: handler.url });
    const chat = portal.openChannel();
    assert.equal((await portal.clientSays(chat, 'hi')).deliveries[0]?.failure, 'app not installed');
    assert.equal((await portal.install()).status, 200);
    const form = handler.heard[0]?.form;
    assert.equal(at(form, 'event'), 'ONAPPINSTALL');
    assert.equal(at(form, 'auth', 'application_token'), portal.applicationToken(bot));
    const { status } = await viaApp(portal, String(at(form, 'auth', 'access_token')), 'profile');
    assert.equal(status, 200);
    assert.match(String(at(form, 'auth', 'refresh_token')), /^[0-9a-f]{48}$/);
    assert.equal((await portal.clientSays(chat, 'hi')).status, 200);
  });

  it('posts the install page of an app with an interface', async () => {
    const handler = await start.handler();
    const { portal } = await scene({ installUrl: handler.url });
    assert.equal(await portal.installPage(), 200);
    const [page] = handler.heard;
    assert.match(page?.url ?? '', new RegExp(`DOMAIN=127.0.0.1%3A`));
    assert.equal(at(page?.form, 'member_id'), portal.memberId);
    assert.equal(at(page?.form, 'event'), undefined);
  });

  it('drops every handler with a new version', async () => {
    const handler = await start.handler();
    const { portal } = await scene({ installUrl: handler.url });
    portal.addBot({ byApp: true, webhookUrl: handler.url });
    const { token } = portal.issueTokens();
    await viaApp(portal, token, 'event.bind', { event: 'ONAPPUNINSTALL', handler: handler.url });
    await portal.update();
    assert.equal(at(handler.heard[0]?.form, 'data', 'PREVIOUS_VERSION'), '1');
    assert.equal((await portal.clientSays(portal.openChannel(), 'hi')).deliveries[0]?.failure, 'no handler');
    assert.deepEqual((await viaApp(portal, token, 'event.get')).result, []);
    assert.equal((await portal.uninstall()).failure, 'no handler');
  });

  it('tells of its removal only when that was bound, without tokens', async () => {
    const handler = await start.handler();
    const { portal } = await scene();
    const { token } = portal.issueTokens();
    const binding = { event: 'onappuninstall', handler: handler.url };
    assert.equal((await viaApp(portal, token, 'event.bind', binding)).result, true);
    assert.equal((await viaApp(portal, token, 'event.bind', binding)).error, 'ERROR_EVENT_BINDING_EXISTS');
    const botEvent = { ...binding, event: 'ONIMBOTV2MESSAGEADD' };
    assert.equal((await viaApp(portal, token, 'event.bind', botEvent)).error, 'ERROR_EVENT_NOT_FOUND');
    const bound = await viaApp(portal, token, 'event.get');
    assert.equal(at(bound.result, 0, 'event'), 'ONAPPUNINSTALL');
    await portal.uninstall({ clean: true });
    const form = handler.heard[0]?.form;
    assert.equal(at(form, 'data', 'CLEAN'), '1');
    assert.equal(at(form, 'auth', 'access_token'), undefined);
    assert.equal((await viaApp(portal, token, 'profile')).error, 'invalid_token');
  });

  it('fires other bound events, and forgets them when unbound', async () => {
    const handler = await start.handler();
    const { portal } = await scene();
    const { token } = portal.issueTokens();
    const binding = { event: 'ONVOXIMPLANTCALLEND', handler: handler.url };
    await viaApp(portal, token, 'event.bind', binding);
    await portal.fire('ONVOXIMPLANTCALLEND', { CALL_ID: 'c1' });
    assert.equal(at(handler.heard[0]?.form, 'data', 'CALL_ID'), 'c1');
    assert.deepEqual((await viaApp(portal, token, 'event.unbind', binding)).result, { count: 1 });
    assert.deepEqual(await portal.fire('ONVOXIMPLANTCALLEND', {}), []);
  });

  it('gives a bot’s token rights, and a client’s none', async () => {
    const handler = await start.handler();
    const { portal } = await scene();
    const bot = portal.addBot({ byApp: true, webhookUrl: handler.url });
    const chat = portal.openChannel();
    await portal.clientSays(chat, 'hi');
    const form = handler.heard[0]?.form;
    const say = { botId: bot.id, dialogId: `chat${chat.id}`, fields: { message: 'hello' } };
    const client = String(at(form, 'auth', 'access_token'));
    const denied = await viaApp(portal, client, 'imbot.v2.Chat.Message.send', say);
    assert.deepEqual([denied.status, denied.error], [403, 'user_access_error']);
    const own = String(at(form, 'data', 'bot', 'auth', 'access_token'));
    assert.equal((await viaApp(portal, own, 'imbot.v2.Chat.Message.send', say)).status, 200);
  });

  it('takes methods of other systems', async () => {
    const { portal } = await scene();
    portal.addMethods({ 'voximplant.line.get': { scopes: [['telephony']], run: () => ({ result: [] }) } });
    assert.deepEqual((await viaApp(portal, portal.issueTokens().token, 'voximplant.line.get')).result, []);
  });
});
