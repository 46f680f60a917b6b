import assert from 'node:assert/strict';
import { createAppInstaller, createPortalAddresses } from '../../../lib/bitrix24/oauth';
import { servers } from '../sandbox-portal/support';
import { reasonOf, withAuth } from './install-scene';
import { json, startScripted, type ScriptedServer } from './scripted-server';
import { clientFor, clientId, eagerClock, lastRequest, openScene } from './support';

const start = servers();

describe('installing an app: forged addresses', () => {
  const forms = (port: number): string[] => [
    `http://127.0.0.1:${port}/rest/`,
    `https://127.0.0.1:${port}/rest/`,
    `http://localhost:${port}/rest/`,
    `https://2130706433:${port}/rest/`,
    `https://0x7f000001:${port}/rest/`,
    `https://0177.0.0.1:${port}/rest/`,
    `https://127.1:${port}/rest/`,
    `https://[::1]:${port}/rest/`,
    `https://[::ffff:127.0.0.1]:${port}/rest/`,
    `https://[::ffff:7f00:1]:${port}/rest/`,
    'https://169.254.169.254/rest/',
    'http://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/rest/',
    'https://0.0.0.0/rest/',
    'http://x.bitrix24.com/rest/',
    'ftp://x.bitrix24.com/rest/',
    'https://user:pw@x.bitrix24.com/rest/',
    'not an address',
  ];

  async function forge(change: (trap: ScriptedServer, form: string) => Record<string, string>) {
    const trap = await startScripted(start, (response) => json(response, {}));
    const handler = await start.handler();
    const scene = await openScene(start, { installUrl: handler.url });
    // As in the world outside: portals on this machine are not accepted.
    const installer = createAppInstaller({ ...scene, addresses: createPortalAddresses() });
    await scene.portal.install();
    const request = lastRequest(handler);
    const reasons: [string, string][] = [];
    for (const form of forms(trap.port)) {
      const outcome = await installer.receive(withAuth(request, change(trap, form)));
      reasons.push([form, reasonOf(outcome)]);
    }
    return { ...scene, trap, reasons };
  }

  it('lets no packet out to a forged client_endpoint', async () => {
    const { reasons, trap, auth, vault } = await forge((_trap, form) => ({ client_endpoint: form }));
    for (const [form, reason] of reasons) assert.equal(reason, 'address', form);
    assert.deepEqual([trap.connections(), auth.checks, vault.saved.length], [0, 0, 0]);
  });

  it('lets no packet out to a forged server_endpoint', async () => {
    const claim = { client_endpoint: 'https://x.bitrix24.com/rest/', domain: 'x.bitrix24.com' };
    const { reasons, trap, auth, vault } = await forge((_trap, form) => ({
      ...claim,
      server_endpoint: form,
    }));
    for (const [form, reason] of reasons) assert.equal(reason, 'auth-host', form);
    assert.deepEqual([trap.connections(), auth.checks, vault.saved.length], [0, 0, 0]);
  });

  it('refuses a public address that is not the portal of the token', async () => {
    const { reasons, vault } = await forge(() => ({
      client_endpoint: 'https://evil.example/rest/',
      domain: 'evil.example',
    }));
    assert.deepEqual(new Set(reasons.map(([, reason]) => reason)), new Set(['address']));
    assert.equal(vault.saved.length, 0);
  });

  it('refuses an address that the domain beside it contradicts', async () => {
    const { reasons, auth } = await forge(() => ({
      client_endpoint: 'https://x.bitrix24.com/rest/',
      domain: 'y.bitrix24.com',
    }));
    assert.deepEqual(new Set(reasons.map(([, reason]) => reason)), new Set(['address']));
    assert.equal(auth.checks, 0);
  });

  it('asks the auth server alone, also about a portal that it confirms', async () => {
    const server = await startScripted(start, (response) =>
      json(response, {
        result: {
          client_id: clientId,
          user_id: 5,
          scope: ['imbot', 'disk'],
          install: { installed: true, status: 'L', domain: 'x.bitrix24.com', member_id: 'm1' },
        },
      }),
    );
    const clock = eagerClock();
    const scene = await openScene(start);
    const installer = createAppInstaller({
      ...scene,
      authServer: clientFor(start, clock, [server.host]),
      addresses: createPortalAddresses({ domain: 'X.bitrix24.com' }),
    });
    const auth = {
      access_token: 'a',
      refresh_token: 'r',
      expires: String(scene.clock.now() / 1000 + 60),
      expires_in: '3600',
      member_id: 'm1',
      domain: 'X.bitrix24.com',
      server_endpoint: `${server.origin}/rest/`,
      application_token: 't',
    };
    const outcome = await installer.receive({ body: { event: 'onappinstall', auth } });
    assert.deepEqual([outcome.kind, outcome.domain], ['installed', 'x.bitrix24.com']);
    assert.deepEqual(server.requests, [{ path: '/rest/app.info', body: '{"auth":"a"}' }]);
    const stored = await scene.vault.load('m1');
    assert.equal(stored?.clientEndpoint, 'https://x.bitrix24.com/rest/');
    assert.deepEqual([stored.scope, stored.userId], ['imbot,disk', 5]);
    // The event came late: its date counts, not the hour from now.
    assert.equal(stored.expiresAt, scene.clock.now() + 60_000);
  });
});
