import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, keysAt, textAt } from '../../../lib/core/fields';
import type { AuthServer, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { appNode, botFlow, botNode, type Changes } from './flow-parts';
import { answered, botOn, say, useScene } from './scene';

const app = { clientId: 'local.bitlane-nodes', clientSecret: 'marker-client-secret-of-the-app' };

describe('an app that portals install', function () {
  const scene = useScene();
  let auth: AuthServer;
  let otherAuth: AuthServer;
  let portal: Portal;
  /** Every token that the portals have ever handed out. */
  const secrets: string[] = [];

  before(async () => {
    // Each stand-in of an auth server knows one portal of an app.
    [auth, otherAuth] = [await scene.authServer(), await scene.authServer()];
    for (const { grants } of [auth, otherAuth]) grants.onSecret((secret) => void secrets.push(secret));
    portal = await newPortal(auth);
    await deploy();
  });

  const newPortal = (authServer: AuthServer): Promise<Portal> =>
    scene.portal({ authServer, app: { ...app, installed: false, installUrl: scene.eventsUrl } });

  const deploy = (incoming: Changes = {}): Promise<void> =>
    scene.deploy(
      botFlow(
        appNode({ authHosts: [auth.host, otherAuth.host], plan: 'enterprise', credentials: app }),
        botNode(scene.red.url, { credentials: {} }),
        { incoming },
      ),
    );

  const hasBot = (one: Portal): boolean =>
    [...one.state.bots.values()].some(({ handlerUrls }) => handlerUrls.includes(scene.eventsUrl));

  const isBound = (one: Portal, event: string): boolean =>
    one.state.bindings.some((binding) => binding.event === event && binding.handler === scene.eventsUrl);

  function storeText(): string {
    const folder = join(scene.red.userDir, 'bitlane');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    assert.ok(files.length > 0, 'the store has written nothing');
    return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('\n');
  }

  async function converse(one: Portal, text: string): Promise<void> {
    const chat = one.openChannel({ bots: [botOn(one)] });
    await say(one, chat, text);
    assert.deepEqual(await answered(one, chat, 1), [text]);
  }

  it('check before anybody has installed it says so', async () => {
    const { ok, message } = await scene.act('bitrix-portal', 'check', { id: 'portal', authType: 'app' });
    assert.deepEqual([ok, /No portal has installed the app yet/.test(message)], [false, true], message);
  });

  it('a forged ONAPPINSTALL is refused with 401, and nothing is stored or called', async () => {
    const forged = new URLSearchParams({
      event: 'ONAPPINSTALL',
      'auth[access_token]': 'forged-access-token',
      'auth[refresh_token]': 'forged-refresh-token',
      'auth[expires]': '1999999999',
      'auth[domain]': portal.domain,
      'auth[client_endpoint]': `${portal.origin}/rest/`,
      'auth[server_endpoint]': `${auth.origin}/rest/`,
      'auth[member_id]': portal.memberId,
      'auth[application_token]': 'forged-application-token',
      'auth[scope]': 'imbot',
      'auth[status]': 'L',
      'auth[user_id]': '1',
    });
    const { status } = await portal.sendRaw(scene.eventsUrl, forged.toString(), {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    assert.equal(status, 401);
    assert.equal(portal.calls.length, 0);
    const { message } = await scene.act('bitrix-portal', 'check', { id: 'portal', authType: 'app' });
    assert.match(message, /No portal has installed/);
    assert.ok(!storeText().includes(portal.memberId));
  });

  it('ONAPPINSTALL registers the bot on that portal by itself, and a message is answered', async () => {
    assert.equal((await portal.install()).status, 200);
    await until(() => hasBot(portal), 'the bot');
    assert.equal(auth.checks, 2);
    await converse(portal, 'hello from the app');
  });

  it('the tokens are in the store, and not in clear text', () => {
    const text = storeText();
    assert.ok(text.includes(portal.memberId), 'the portal is not in the store');
    assert.ok(secrets.length > 2);
    for (const secret of [...secrets, app.clientSecret]) assert.ok(!text.includes(secret));
  });

  it('check names the portal that has installed it', async () => {
    const { ok, message } = await scene.act('bitrix-portal', 'check', { id: 'portal', authType: 'app' });
    assert.equal(ok, true);
    assert.ok(message.includes(`Connected to ${portal.domain}`), message);
  });

  it('an expired token is refreshed once, however many answers wait for it', async () => {
    const before = auth.refreshes;
    portal.expireTokens();
    await Promise.all(Array.from({ length: 10 }, (_, index) => converse(portal, `after expiry ${index}`)));
    assert.equal(auth.refreshes, before + 1);
  });

  it('the portal is known again after a redeploy, without another installation', async () => {
    await deploy();
    await converse(portal, 'after the redeploy');
  });

  it('a second portal installs the same app, and both are answered by their own bots', async () => {
    const second = await newPortal(otherAuth);
    await second.install();
    await until(() => hasBot(second), 'the bot on the second portal');
    await Promise.all([converse(portal, 'first portal'), converse(second, 'second portal')]);
  });

  it('tokens reach msg.inputs only when passTokens names them', async () => {
    const names = ['user_access_token', 'bot_access_token', 'access_token'];
    // One whose flow a deploy has cut off comes again with the tokens of its own time.
    const thought = (text: string): unknown =>
      scene.watch.heard('think').find((message) => textAt(message, 'payload') === text);
    await converse(portal, 'none');
    const without = JSON.stringify(scene.watch.heard('think'));
    for (const secret of [...secrets, ...names]) assert.ok(!without.includes(secret));
    await deploy({ passTokens: names });
    await converse(portal, 'all');
    for (const name of names) assert.ok(secrets.includes(textAt(thought('all'), 'inputs', name) ?? ''), name);
    await deploy({ passTokens: ['access_token'] });
    await converse(portal, 'one');
    const keys = keysAt(at(thought('one'), 'inputs'));
    assert.deepEqual(
      keys.filter((key) => names.includes(key)),
      ['access_token'],
    );
  });

  it('an update of the app, which drops all addresses, is followed by a registration', async () => {
    await until(() => isBound(portal, 'ONAPPUPDATE'), 'the wish to hear of updates');
    assert.equal((await portal.update()).status, 200);
    await until(() => hasBot(portal), 'the address of the bot');
    await until(() => isBound(portal, 'ONAPPUNINSTALL'), 'the wish to hear of the removal');
    await converse(portal, 'after the update');
  });

  it('the install page is answered with installFinish, in a frame of that portal alone', async () => {
    const third = await newPortal(await freshAuth());
    assert.equal(await third.installPage(), 200);
    await until(() => hasBot(third), 'the bot');
    // Afterwards the same form is an opening of the app; see test/integration/bitrix24-page.
    Object.assign(third.app ?? {}, { installed: false });
    const pair = third.issueTokens();
    const form = new URLSearchParams({
      AUTH_ID: pair.token,
      REFRESH_ID: pair.refreshToken,
      AUTH_EXPIRES: '3600',
      SERVER_ENDPOINT: third.state.serverEndpoint,
      member_id: third.memberId,
      status: 'L',
      APPLICATION_TOKEN: 'the-one-of-the-page',
      APPLICATION_SCOPE: 'imbot',
    });
    const page = await third.sendRaw(
      `${scene.eventsUrl}?DOMAIN=${encodeURIComponent(third.domain)}&PROTOCOL=0&LANG=ru`,
      form.toString(),
      { 'Content-Type': 'application/x-www-form-urlencoded' },
    );
    assert.equal(page.status, 200);
    assert.match(String(page.headers['content-type']), /^text\/html/);
    assert.match(page.body, /BX24\.installFinish\(\)/);
    assert.match(page.body, /<html lang="ru">/);
    assert.ok(String(page.headers['content-security-policy']).includes(`frame-ancestors ${third.origin}`));
    for (const secret of secrets) assert.ok(!page.body.includes(secret));
  });

  /** The settings list the hosts, so another one needs a deploy. */
  async function freshAuth(): Promise<AuthServer> {
    otherAuth = await scene.authServer();
    otherAuth.grants.onSecret((secret) => void secrets.push(secret));
    await deploy();
    return otherAuth;
  }

  it('an authorisation link is the way in when the installation never arrived', async () => {
    const fourth = await newPortal(await freshAuth());
    Object.assign(fourth.app ?? {}, { installed: true });
    const { ok, raw } = await scene.act('bitrix-portal', 'link', {
      id: 'portal',
      authType: 'app',
      domain: fourth.domain,
    });
    assert.equal(ok, true);
    const link = new URL(textAt(raw, 'details') ?? '');
    assert.deepEqual([link.origin, link.pathname], [fourth.origin, '/oauth/authorize/']);
    assert.equal(link.searchParams.get('client_id'), app.clientId);
    const back = new URL(scene.eventsUrl);
    back.search = String(
      new URLSearchParams({
        code: fourth.issueCode(),
        state: link.searchParams.get('state') ?? '',
        domain: fourth.domain,
        member_id: fourth.memberId,
        scope: 'imbot',
        server_domain: otherAuth.host,
      }),
    );
    const returned = await fetch(back);
    assert.deepEqual([returned.status, await returned.text()], [200, 'authorised']);
    await until(() => hasBot(fourth), 'the bot');
    assert.equal((await fetch(back)).status, 401, 'a link is good once');
    await converse(fourth, 'the first event tells the application token');
    const checks = otherAuth.checks;
    await converse(fourth, 'from then on it is known');
    assert.equal(otherAuth.checks, checks);
    const stranger = fourth.openChannel({ bots: [botOn(fourth)] });
    const { deliveries } = await fourth.clientSays(stranger, { text: 'forged', hold: true });
    const { body, headers } = fourth.wireForm(deliveries[0] ?? assert.fail('nothing composed'));
    const forged = body.replaceAll(fourth.applicationToken(botOn(fourth)), 'another');
    assert.equal((await fourth.sendRaw(scene.eventsUrl, forged, headers)).status, 401);
  });

  it('after ONAPPUNINSTALL the portal is forgotten and its events are refused', async () => {
    const chat = portal.openChannel({ bots: [botOn(portal)] });
    const { deliveries } = await portal.clientSays(chat, { text: 'kept back', hold: true });
    const { body, headers } = portal.wireForm(deliveries[0] ?? assert.fail('nothing composed'));
    assert.equal((await portal.uninstall()).status, 200);
    const calls = portal.calls.length;
    assert.equal((await portal.sendRaw(scene.eventsUrl, body, headers)).status, 401);
    assert.equal(portal.calls.length, calls);
    await deploy();
    const { message } = await scene.act('bitrix-portal', 'check', { id: 'portal', authType: 'app' });
    assert.ok(!message.includes(portal.domain), message);
  });

  it('the log has shown no token', () => {
    const log = scene.red.log.join('\n');
    for (const secret of [...secrets, app.clientSecret]) assert.ok(!log.includes(secret));
  });
});
