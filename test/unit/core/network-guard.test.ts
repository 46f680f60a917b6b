import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { InvalidError } from '../../../lib/core/errors';
import { guardedAgents, type AddressPolicy, type GuardedAgents } from '../../../lib/core/network-guard';
import { makeIdentity, startHttp, startHttps, type Identity, type LoopbackServer } from './loopback';

const open: AddressPolicy = { origin: 'configured', allowPrivateNetwork: true };

function get(agents: GuardedAgents, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const onResponse = (response: http.IncomingMessage): void => void text(response).then(resolve, reject);
    const request = url.startsWith('https:')
      ? https.get(url, { agent: agents.https }, onResponse)
      : http.get(url, { agent: agents.http }, onResponse);
    request.once('error', reject);
  });
}

describe('guarded agents', () => {
  const running: { stop(): Promise<void> }[] = [];
  let identity: Identity;
  let secure: LoopbackServer;
  let plain: LoopbackServer;

  before(async function () {
    identity = makeIdentity('DNS:portal.example,DNS:localhost,IP:127.0.0.1');
  });

  beforeEach(async () => {
    secure = await startHttps(identity, (_request, response) => response.end('secure'));
    plain = await startHttp((_request, response) => response.end('plain'));
    running.push(secure, plain);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  });

  function agentsFor(
    policy: AddressPolicy,
    answers: (host: string) => LookupAddress[] = () => [],
  ): GuardedAgents {
    const agents = guardedAgents(policy, { ca: identity.cert, resolve: async (host) => answers(host) });
    running.push({ stop: async () => agents.close() });
    return agents;
  }

  const v4 = (address: string): LookupAddress => ({ address, family: 4 });
  const v6 = (address: string): LookupAddress => ({ address, family: 6 });

  async function assertRefused(attempt: Promise<unknown>): Promise<void> {
    await assert.rejects(
      attempt,
      (error: unknown) => error instanceof InvalidError && error.code === 'ADDRESS_REFUSED',
    );
    assert.equal(secure.connections() + plain.connections(), 0);
  }

  it('connects to the address that was checked, by its name for TLS', async () => {
    const agents = agentsFor(open, () => [v4('127.0.0.1')]);
    assert.equal(await get(agents, `https://portal.example:${secure.port}/`), 'secure');
  });

  it('asks for a name once per connection and keeps the connection', async () => {
    const asked: string[] = [];
    const agents = agentsFor(open, (host) => {
      asked.push(host);
      return [v4('127.0.0.1')];
    });
    for (let round = 0; round < 3; round += 1) await get(agents, `https://portal.example:${secure.port}/`);
    assert.deepEqual(asked, ['portal.example']);
    assert.equal(secure.connections(), 1);
  });

  it('judges a name anew for each connection, and asks nothing between check and connection', async () => {
    const answers = [[v4('127.0.0.1')], [v4('169.254.169.254')]];
    const agents = agentsFor(open, () => answers.shift() ?? assert.fail('asked too often'));
    const url = `https://portal.example:${secure.port}/`;
    assert.equal(await get(agents, url), 'secure');
    assert.equal(answers.length, 1);
    agents.close();
    await assert.rejects(get(agents, url), { code: 'ADDRESS_REFUSED' });
    assert.equal(answers.length, 0);
    assert.equal(secure.connections(), 1);
  });

  it('refuses a name when only one of its addresses is forbidden', async () => {
    for (const bad of [
      v4('127.0.0.1'),
      v4('169.254.169.254'),
      v6('fe80::1%eth0'),
      v6('::ffff:127.0.0.1'),
      v4('nonsense'),
    ]) {
      const agents = agentsFor({ origin: 'received' }, () => [v4('8.8.8.8'), bad]);
      await assertRefused(get(agents, `https://portal.example:${secure.port}/`));
    }
  });

  it('refuses a configured name that leads to loopback or a private network without the setting', async () => {
    for (const address of ['127.0.0.1', '10.0.0.1']) {
      const agents = agentsFor({ origin: 'configured' }, () => [v4(address)]);
      await assertRefused(get(agents, `https://portal.example:${secure.port}/`));
    }
  });

  it('refuses literal addresses, for which Node asks no lookup', async () => {
    const agents = agentsFor({ origin: 'received' });
    await assertRefused(get(agents, `https://127.0.0.1:${secure.port}/`));
    await assertRefused(get(agents, `https://2130706433:${secure.port}/`));
    await assertRefused(get(agents, `https://[::1]:${secure.port}/`));
    await assertRefused(get(agents, `http://127.0.0.1:${plain.port}/`));
    await assertRefused(get(agents, `http://localhost:${plain.port}/`));
  });

  it('reaches loopback that the integrator named, without a name server', async () => {
    const agents = agentsFor({ origin: 'configured' }, () => assert.fail('asked'));
    assert.equal(await get(agents, `http://localhost:${plain.port}/`), 'plain');
    assert.equal(await get(agents, `http://portal.localhost:${plain.port}/`), 'plain');
    assert.equal(await get(agents, `http://127.0.0.1:${plain.port}/`), 'plain');
    assert.equal(await get(agents, `https://localhost:${secure.port}/`), 'secure');
  });

  it('reaches a trusted origin on loopback, and no other port there', async () => {
    const other = await startHttp((_request, response) => response.end('other'));
    running.push(other);
    const agents = agentsFor({ origin: 'received', trustedOrigins: [plain.origin] });
    await assert.rejects(get(agents, `${other.origin}/`), { code: 'ADDRESS_REFUSED' });
    assert.equal(other.connections(), 0);
    assert.equal(await get(agents, `${plain.origin}/`), 'plain');
  });

  it('speaks http to loopback only', async () => {
    const agents = agentsFor(open, () => [v4('127.0.0.1')]);
    await assertRefused(get(agents, `http://portal.example:${plain.port}/`));
  });

  it('passes on that a name is unknown', async () => {
    const agents = agentsFor(open, () => []);
    await assert.rejects(get(agents, 'https://portal.example/'), { code: 'ENOTFOUND' });
  });

  it('checks certificates: authority, name, and even when the environment says not to', async () => {
    const stranger = guardedAgents({ origin: 'configured' });
    running.push({ stop: async () => stranger.close() });
    await assert.rejects(get(stranger, `https://localhost:${secure.port}/`), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });

    const agents = agentsFor(open, () => [v4('127.0.0.1')]);
    const wrongName = get(agents, `https://other.example:${secure.port}/`);
    await assert.rejects(wrongName, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });

    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const again = get(stranger, `https://localhost:${secure.port}/`);
      await assert.rejects(again, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  it('trusts the public authorities besides its own', () => {
    const { ca } = agentsFor(open).https.options;
    assert.ok(Array.isArray(ca) && ca.length > 20 && ca.includes(identity.cert));
  });

  it('says that a file of authorities holds none', () => {
    assert.throws(() => guardedAgents(open, { ca: 'no certificate' }), { code: 'CONFIG_INVALID' });
  });
});
