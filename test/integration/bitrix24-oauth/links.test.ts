import assert from 'node:assert/strict';
import {
  createAuthorizationLinks,
  createPortalAddresses,
  type AuthorizationLinks,
} from '../../../lib/bitrix24/oauth';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';
import { servers } from '../sandbox-portal/support';
import { assertNothingSecret, callProfile, clientId, clientSecret, openScene, type Scene } from './support';

const start = servers();

interface LinkScene extends Scene {
  links: AuthorizationLinks;
  store: Store;
}

async function linkScene(): Promise<LinkScene> {
  const scene = await openScene(start, { installUrl: 'https://flows.example/bitrix24/events' });
  const { clock } = scene;
  const store = createMemoryStore({ clock, monotonic: clock.now });
  return { ...scene, store, links: createAuthorizationLinks({ ...scene, store: async () => store }) };
}

/** What a browser does: opens the link and goes where the portal sends it. */
async function follow(link: string): Promise<Record<string, string>> {
  const response = await fetch(link, { redirect: 'manual' });
  const { search } = new URL(response.headers.get('location') ?? '');
  return Object.fromEntries(new URLSearchParams(search));
}

describe('authorisation link', () => {
  it('leads to the portal, and brings the tokens back', async () => {
    const { links, portal, vault, auth, ...scene } = await linkScene();
    const link = new URL(await links.link(portal.domain));
    assert.equal(link.origin + link.pathname, `${portal.origin}/oauth/authorize/`);
    assert.deepEqual([...link.searchParams.keys()].sort(), ['client_id', 'state']);
    assert.equal(link.searchParams.get('client_id'), clientId);
    const back = await follow(link.href);
    assert.ok(links.isReturn(back));
    const { memberId, domain, origin } = portal;
    assert.deepEqual(await links.complete(back), { kind: 'installed', memberId, domain, origin });
    assert.deepEqual(
      auth.tokenRequests.map(({ grantType, httpMethod, secretsInUrl }) => [
        grantType,
        httpMethod,
        secretsInUrl,
      ]),
      [['authorization_code', 'POST', false]],
    );
    const stored = await vault.load(memberId);
    assert.equal(stored?.clientEndpoint, `${portal.origin}/rest/`);
    assert.equal(stored.applicationToken, '');
    const credential = await scene.credential();
    assert.equal(await callProfile(credential), 200);
    portal.expireTokens();
    assert.equal(await callProfile(credential), 200);
  });

  it('keeps the application token of an earlier installation', async () => {
    const { links, portal, vault, ...scene } = await linkScene();
    const { applicationToken } = await scene.installed();
    await links.complete(await follow(await links.link(portal.domain)));
    assert.equal((await vault.load(portal.memberId))?.applicationToken, applicationToken);
  });

  it('is good once', async () => {
    const { links, portal, auth } = await linkScene();
    const back = await follow(await links.link(portal.domain));
    assert.equal((await links.complete(back)).kind, 'installed');
    const again = await links.complete({ ...back, code: portal.issueCode() });
    assert.ok(again.kind === 'refused');
    assert.equal(again.reason, 'state');
    assert.equal(auth.tokenRequests.length, 1);
  });

  it('is used up by a return that was refused, too', async () => {
    const { links, portal, auth } = await linkScene();
    const back = await follow(await links.link(portal.domain));
    for (const reason of ['other-portal', 'state']) {
      const outcome = await links.complete({ ...back, domain: 'evil.example' });
      assert.ok(outcome.kind === 'refused');
      assert.equal(outcome.reason, reason);
    }
    assert.equal(auth.tokenRequests.length, 0);
  });

  it('is good for ten minutes', async () => {
    const { links, portal, clock } = await linkScene();
    const early = await links.link(portal.domain);
    const late = await links.link(portal.domain);
    await clock.advance(10 * 60_000 - 1);
    assert.equal((await links.complete(await follow(early))).kind, 'installed');
    await clock.advance(1);
    const outcome = await links.complete(await follow(late));
    assert.ok(outcome.kind === 'refused' && outcome.reason === 'state');
  });

  it('refuses a return that nobody asked for', async () => {
    const { links, portal, vault, auth } = await linkScene();
    const code = portal.issueCode();
    const known = await links.link(portal.domain);
    for (const state of [
      undefined,
      '',
      'guessed',
      '__proto__',
      `${new URL(known).searchParams.get('state')}x`,
    ]) {
      const outcome = await links.complete({ code, state, domain: portal.domain });
      assert.ok(outcome.kind === 'refused' && outcome.reason === 'state');
    }
    for (const query of [undefined, null, 'x', {}]) {
      assert.equal((await links.complete(query)).kind, 'refused');
      assert.equal(links.isReturn(query), false);
    }
    assert.deepEqual([auth.tokenRequests.length, vault.saved.length], [0, 0]);
  });

  it('says that a code is over or wrong, and never what was sent', async () => {
    const { links, portal, clock } = await linkScene();
    const back = await follow(await links.link(portal.domain));
    await clock.advance(30_000);
    const outcome = await links.complete(back);
    assert.ok(outcome.kind === 'refused' && outcome.reason === 'unknown-token');
    assertNothingSecret(outcome, [String(back['code']), clientSecret, String(back['state'])]);
  });

  it('sends the code to no server that is not in the list', async () => {
    const { links, portal, auth } = await linkScene();
    const back = await follow(await links.link(portal.domain));
    const outcome = await links.complete({ ...back, server_domain: 'evil.example' });
    assert.ok(outcome.kind === 'refused' && outcome.reason === 'auth-host');
    assert.equal(auth.tokenRequests.length, 0);
  });

  it('refuses a code of another portal', async () => {
    const { links, portal, auth, clock, vault, store } = await linkScene();
    const other = await start.portal({
      clock,
      authServer: auth,
      app: { clientId: 'local.other', clientSecret },
    });
    const foreign = createAuthorizationLinks({
      store: async () => store,
      vault,
      clock,
      addresses: createPortalAddresses({ loopbackPortals: true }),
      authServer: {
        ...(await openScene(start)).authServer,
        exchangeCode: async () => ({
          ...tokensFor(other.memberId),
          clientEndpoint: `${other.origin}/rest/`,
        }),
      },
    });
    const back = await follow(await links.link(portal.domain));
    const state = new URL(await foreign.link(portal.domain)).searchParams.get('state');
    const outcome = await foreign.complete({ ...back, state });
    assert.ok(outcome.kind === 'refused' && outcome.reason === 'other-portal');
    assert.equal(vault.saved.length, 0);
  });

  it('is made only for portals that may be called and are wanted', async () => {
    const { authServer, vault, clock, store } = await linkScene();
    const links = (rules: Parameters<typeof createPortalAddresses>[0]): AuthorizationLinks =>
      createAuthorizationLinks({
        ...{ authServer, vault, clock, store: async () => store },
        addresses: createPortalAddresses(rules),
      });
    assert.match(await links({}).link('x.bitrix24.com'), /^https:\/\/x\.bitrix24\.com\/oauth\/authorize\/\?/);
    assert.match(await links({}).link(' https://X.bitrix24.com/ '), /^https:\/\/x\.bitrix24\.com\/oauth/);
    for (const domain of ['127.0.0.1:80', '10.0.0.1', '169.254.169.254']) {
      await assert.rejects(links({}).link(domain), { code: 'ADDRESS_REFUSED' });
    }
    for (const domain of ['', 'x y', 'http://x.bitrix24.com', 'x.bitrix24.com/path', 'a@b.com']) {
      await assert.rejects(links({}).link(domain), { code: 'CONFIG_INVALID' });
    }
    const pinned = links({ domain: 'x.bitrix24.com' });
    await assert.rejects(pinned.link('y.bitrix24.com'), { code: 'CONFIG_INVALID' });
    assert.ok(await pinned.link('x.bitrix24.com'));
  });

  it('leaves nothing by which somebody who reads the store could come back', async () => {
    const { links, portal, store } = await linkScene();
    const state = new URL(await links.link(portal.domain)).searchParams.get('state') ?? '';
    const entries = [];
    for await (const entry of store.scan('')) entries.push(entry);
    assert.equal(entries.length, 1);
    assert.ok(state.length > 20 && !JSON.stringify(entries).includes(state));
    await links.complete({ state, code: 'MARKERcode', domain: portal.domain });
    for await (const { key } of store.scan('')) assert.fail(`${key} is left`);
  });

  it('is refused with a reason while the store is away', async () => {
    const { links, portal, store } = await linkScene();
    const back = await follow(await links.link(portal.domain));
    await store.close();
    const outcome = await links.complete(back);
    assert.ok(outcome.kind === 'refused' && outcome.reason === 'store');
    await assert.rejects(links.link(portal.domain));
  });
});

function tokensFor(memberId: string) {
  return {
    accessToken: 'a',
    refreshToken: 'r',
    expiresAt: 1,
    memberId,
    serverEndpoint: undefined,
    scope: undefined,
    status: undefined,
    userId: null,
  };
}
