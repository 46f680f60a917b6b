import assert from 'node:assert/strict';
import { createAuthHosts, createPortalAddresses, publicAuthHosts } from '../../../../lib/bitrix24/oauth';

describe('list of auth servers', () => {
  it('knows the two of Bitrix24 when nothing else is said', () => {
    for (const hosts of [createAuthHosts(), createAuthHosts([])]) {
      for (const host of publicAuthHosts) {
        assert.equal(hosts.originOf(`https://${host}/rest/`), `https://${host}`);
        assert.equal(hosts.originOfHost(host.toUpperCase()), `https://${host}`);
      }
      assert.equal(hosts.originOfHost(undefined), 'https://oauth.bitrix.info');
      assert.equal(hosts.onlyLoopback, false);
    }
  });

  const foreign = [
    'http://oauth.bitrix.info/rest/',
    'https://oauth.bitrix.info:8443/rest/',
    'https://oauth.bitrix.info.evil.example/rest/',
    'https://evil.example/oauth.bitrix.info/',
    'https://oauth.bitrix.info@evil.example/rest/',
    'https://user@oauth.bitrix.info/rest/',
    'https://oauth.bitrix.info./rest/',
    'https://127.0.0.1/rest/',
    'ftp://oauth.bitrix.info/rest/',
    'oauth.bitrix.info',
    '',
  ];
  for (const endpoint of foreign) {
    it(`refuses ${endpoint === '' ? 'nothing' : endpoint}`, () => {
      assert.throws(() => createAuthHosts().originOf(endpoint), { code: 'BITRIX_AUTH_HOST' });
    });
  }

  it('takes hosts with a port, a scheme and a slash', () => {
    const hosts = createAuthHosts([' OAuth.Example.com:8443 ', 'https://auth.example.com/', 'a.example:443']);
    assert.equal(hosts.originOf('https://oauth.example.com:8443/rest/'), 'https://oauth.example.com:8443');
    assert.equal(hosts.originOf('https://auth.example.com/rest/'), 'https://auth.example.com');
    assert.equal(hosts.originOf('https://a.example/rest/'), 'https://a.example');
    assert.throws(() => hosts.originOf('https://oauth.bitrix.info/rest/'), { code: 'BITRIX_AUTH_HOST' });
    assert.throws(() => hosts.originOf('http://auth.example.com/rest/'), { code: 'BITRIX_AUTH_HOST' });
  });

  it('takes http for this machine only, and only for the port that is named', () => {
    const hosts = createAuthHosts(['127.0.0.1:8080', 'http://localhost:9090', 'https://[::1]:7070']);
    assert.equal(hosts.onlyLoopback, true);
    assert.equal(hosts.originOf('http://127.0.0.1:8080/rest/'), 'http://127.0.0.1:8080');
    assert.equal(hosts.originOf('https://127.0.0.1:8080/rest/'), 'https://127.0.0.1:8080');
    assert.equal(hosts.originOfHost('127.0.0.1:8080'), 'http://127.0.0.1:8080');
    assert.equal(hosts.originOf('http://localhost:9090/rest/'), 'http://localhost:9090');
    for (const other of [
      'http://127.0.0.1:8081/',
      'https://localhost:9090/',
      'http://[::1]:7070/',
      'http://localhost:8080/',
    ]) {
      assert.throws(() => hosts.originOf(other), { code: 'BITRIX_AUTH_HOST' });
    }
    assert.equal(createAuthHosts(['127.0.0.1:8080', 'oauth.bitrix.info']).onlyLoopback, false);
  });

  for (const entry of [
    '',
    'http://auth.example.com',
    'a b',
    'auth.example.com/path',
    'x?y',
    'ftp://x',
    'u@h',
  ]) {
    it(`says that ${JSON.stringify(entry)} is no host`, () => {
      assert.throws(() => createAuthHosts([entry]), { code: 'CONFIG_INVALID' });
    });
  }
});

describe('addresses of portals', () => {
  it('leads every address of a portal to its REST', () => {
    const addresses = createPortalAddresses();
    for (const received of [
      'https://x.bitrix24.com/rest/',
      'https://X.bitrix24.com',
      'https://x.bitrix24.com/rest//method?a=b#c',
    ]) {
      assert.equal(addresses.endpoint(received).href, 'https://x.bitrix24.com/rest/');
    }
  });

  const forbidden = [
    'http://x.bitrix24.com/rest/',
    'https://127.0.0.1/rest/',
    'https://2130706433/rest/',
    'https://017700000001/rest/',
    'https://[::1]/rest/',
    'https://[::ffff:169.254.169.254]/rest/',
    'https://169.254.169.254/rest/',
    'https://192.168.1.5/rest/',
    'https://localhost/rest/',
    'https://u:p@x.bitrix24.com/rest/',
    'nonsense',
  ];
  for (const received of forbidden) {
    it(`refuses ${received}`, () => {
      assert.throws(() => createPortalAddresses().endpoint(received), { code: 'ADDRESS_REFUSED' });
    });
  }

  it('accepts this machine only when that is said, and nothing else private with it', () => {
    const addresses = createPortalAddresses({ loopbackPortals: true, allowPrivateNetwork: true });
    assert.equal(addresses.endpoint('http://127.0.0.1:8080/rest/').href, 'http://127.0.0.1:8080/rest/');
    for (const received of ['https://192.168.1.5/rest/', 'https://169.254.169.254/', 'http://x.example/']) {
      assert.throws(() => addresses.endpoint(received), { code: 'ADDRESS_REFUSED' });
    }
    assert.deepEqual(addresses.policyFor(new URL('https://x.example/rest/')).trustedOrigins, []);
  });

  it('trusts the pinned domain as far as the settings do', () => {
    const inside = createPortalAddresses({ domain: '192.168.1.5', allowPrivateNetwork: true });
    assert.equal(inside.endpoint('https://192.168.1.5/rest/').host, '192.168.1.5');
    assert.throws(() => inside.endpoint('https://192.168.1.6/rest/'), { code: 'ADDRESS_REFUSED' });
    const strict = createPortalAddresses({ domain: '192.168.1.5' });
    assert.throws(() => strict.endpoint('https://192.168.1.5/rest/'), { code: 'ADDRESS_REFUSED' });
    const here = createPortalAddresses({ domain: '127.0.0.1:8080' });
    assert.equal(here.endpoint('http://127.0.0.1:8080/rest/').host, '127.0.0.1:8080');
    assert.throws(() => here.endpoint('http://127.0.0.1:8081/rest/'), { code: 'ADDRESS_REFUSED' });
  });

  it('wants every portal, or the pinned one', () => {
    const isWanted = (domain: string | undefined, url: string): boolean =>
      createPortalAddresses({ domain }).isWanted(new URL(url));
    assert.ok(isWanted(undefined, 'https://x.example/rest/'));
    assert.ok(isWanted('', 'https://x.example/rest/'));
    assert.ok(isWanted('https://X.example/', 'https://x.example/rest/'));
    assert.ok(!isWanted('x.example', 'https://x.example.evil.example/rest/'));
    assert.ok(!isWanted('x.example', 'https://x.example:8443/rest/'));
  });

  for (const domain of ['x y', 'http://x.example', 'x.example/path', 'u@x.example']) {
    it(`says that ${domain} is no domain`, () => {
      assert.throws(() => createPortalAddresses({ domain }), { code: 'CONFIG_INVALID' });
    });
  }
});
