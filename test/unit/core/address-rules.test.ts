import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { InvalidError } from '../../../lib/core/errors';
import { addressKind } from '../../../lib/core/ip-address';
import { parseServiceUrl, type AddressPolicy } from '../../../lib/core/network-guard';

const configured: AddressPolicy = { origin: 'configured' };
const configuredPrivate: AddressPolicy = { origin: 'configured', allowPrivateNetwork: true };
const received: AddressPolicy = { origin: 'received' };

function isAccepted(text: string, policy: AddressPolicy): boolean {
  try {
    parseServiceUrl(text, policy);
    return true;
  } catch (error) {
    assert.ok(error instanceof InvalidError);
    assert.equal(error.code, 'ADDRESS_REFUSED');
    assert.equal(typeof error.params['host'], 'string');
    return false;
  }
}

const loopback = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.0.0.1.',
  ],
  ...['017700000001', '%31%32%37.0.0.1', '127。0。0。1', '１２７.0.0.1', '[::1]', '[0:0:0:0:0:0:0:1]'],
  ...['localhost', 'LOCALHOST', 'localhost.', 'portal.localhost', 'a.b.localhost.'],
];
const privateHosts = [
  ...[
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.255.255',
  ],
  ...[
    '3232235777',
    '0xc0a80101',
    '0300.0250.1.1',
    '192.168.257',
    '[fc00::1]',
    '[fdff:ffff::1]',
    '[64:ff9b:1::a00:1]',
  ],
];
const reserved = [
  ...[
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.0.1',
    '0xa9fea9fe',
    '2852039166',
    '0251.0376.0251.0376',
  ],
  ...[
    '224.0.0.1',
    '239.255.255.255',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
  ],
  ...['198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.9', '100.100.100.200', '168.63.129.16'],
  ...[
    '[::]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001:db8::1]',
    '[2001:2::1]',
    '[3fff::1]',
  ],
  ...['[100::1]', '[5f00::1]', '[4000::1]', '[fd00:ec2::254]', '[::ffff:8.8.8.8]', '[::ffff:127.0.0.1]'],
  ...[
    '[::ffff:a9fe:a9fe]',
    '[::7f00:1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b::10.0.0.1]',
  ],
  ...[
    '[2002:7f00:1::]',
    '[2002:a00:1::1]',
    '[2002:c0a8:101::]',
    '[2001:0:808:808::80ff:fffe]',
    '[2001:0:7f00:1::f7f7:f7f7]',
  ],
];
const publicHosts = [
  ...['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '169.253.0.1'],
  ...[
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '11.0.0.0',
    '126.0.0.1',
    '128.0.0.1',
  ],
  ...[
    '[2606:4700::1111]',
    '[2a02:6b8::1]',
    '[64:ff9b::8.8.8.8]',
    '[2002:808:808::1]',
    '[2001:0:808:808::f7f7:f7f7]',
  ],
  ...['example.bitrix24.com', 'портал.рф', 'localhost.example.com', 'notlocalhost', '127.0.0.1.example.com'],
];

describe('service addresses', () => {
  for (const host of publicHosts) {
    it(`accepts ${host} by https only`, () => {
      for (const policy of [configured, configuredPrivate, received]) {
        assert.ok(isAccepted(`https://${host}/rest/`, policy));
        assert.ok(!isAccepted(`http://${host}/rest/`, policy));
      }
    });
  }

  for (const host of loopback) {
    it(`accepts ${host} only when the integrator named it`, () => {
      for (const scheme of ['http', 'https']) {
        assert.ok(isAccepted(`${scheme}://${host}:8080/rest/`, configured));
        assert.ok(!isAccepted(`${scheme}://${host}:8080/rest/`, received));
        assert.ok(
          !isAccepted(`${scheme}://${host}:8080/`, { origin: 'received', allowPrivateNetwork: true }),
        );
      }
    });
  }

  for (const host of privateHosts) {
    it(`accepts ${host} only by an explicit setting, and by https`, () => {
      assert.ok(isAccepted(`https://${host}/`, configuredPrivate));
      assert.ok(!isAccepted(`http://${host}/`, configuredPrivate));
      assert.ok(!isAccepted(`https://${host}/`, configured));
      assert.ok(!isAccepted(`https://${host}/`, received));
      assert.ok(!isAccepted(`https://${host}/`, { origin: 'received', allowPrivateNetwork: true }));
    });
  }

  for (const host of reserved) {
    it(`never accepts ${host}`, () => {
      for (const policy of [configured, configuredPrivate, received]) {
        assert.ok(!isAccepted(`https://${host}/`, policy));
        assert.ok(!isAccepted(`http://${host}/`, policy));
      }
    });
  }

  it('accepts http elsewhere where nothing in the request is secret, and still nothing private', () => {
    const plain = { origin: 'received', allowPlainHttp: true } as const;
    for (const host of publicHosts) assert.ok(isAccepted(`http://${host}/record.mp3`, plain));
    for (const host of [...privateHosts, ...reserved, ...loopback]) {
      assert.ok(!isAccepted(`http://${host}/record.mp3`, plain), host);
    }
  });

  it('gives the address back in its usual form', () => {
    assert.equal(
      parseServiceUrl('  https://Example.COM:443/a?b=c ', configured).href,
      'https://example.com/a?b=c',
    );
    assert.equal(parseServiceUrl('http://2130706433:80/', configured).href, 'http://127.0.0.1/');
  });

  for (const text of [
    '',
    'example.com',
    '/rest/',
    'https://',
    'https://a b/',
    'ftp://example.com/',
    'file:///etc/passwd',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.ok(!isAccepted(text, configuredPrivate)));
  }
  for (const text of ['data:text/plain,a', 'javascript:alert(1)', 'redis://localhost/', 'ws://localhost/']) {
    it(`refuses ${text}`, () => assert.ok(!isAccepted(text, configuredPrivate)));
  }

  it('refuses a user or a password, also for loopback', () => {
    for (const text of ['https://user@example.com/', 'https://:pw@example.com/', 'http://u:p@localhost/']) {
      assert.ok(!isAccepted(text, configured));
    }
  });

  it('says which host, and nothing else of the address', () => {
    const marker = 'MARKER-5ecret';
    const refused = [
      `http://example.com/rest/1/${marker}/`,
      `https://user:${marker}@example.com/`,
      `https://10.0.0.1/?token=${marker}`,
      `${marker}:${marker}`,
      marker,
    ];
    for (const text of refused) {
      assert.throws(
        () => parseServiceUrl(text, configured),
        (error: unknown) => {
          const shown = inspect(error, { depth: null }) + JSON.stringify(error);
          return !shown.toLowerCase().includes(marker.toLowerCase());
        },
      );
    }
    assert.throws(() => parseServiceUrl('http://example.com:81/x', configured), {
      params: { fault: 'plain', host: 'example.com:81' },
    });
  });
});

describe('trusted origins', () => {
  const policy: AddressPolicy = {
    origin: 'received',
    trustedOrigins: ['http://127.0.0.1:8080', 'https://10.0.0.5', 'x'],
  };

  it('lets a received address through when the integrator named its origin', () => {
    assert.ok(isAccepted('http://127.0.0.1:8080/download?x=1', policy));
    assert.ok(isAccepted('http://2130706433:8080/', policy));
  });

  it('does not stretch to another port, scheme or spelling of the host', () => {
    for (const text of [
      'http://127.0.0.1:8081/',
      'https://127.0.0.1:8080/',
      'http://localhost:8080/',
      'http://[::1]:8080/',
    ]) {
      assert.ok(!isAccepted(text, policy), text);
    }
  });

  it('still asks for the setting in a private network', () => {
    assert.ok(!isAccepted('https://10.0.0.5/', policy));
    assert.ok(isAccepted('https://10.0.0.5/', { ...policy, allowPrivateNetwork: true }));
    assert.ok(!isAccepted('https://10.0.0.6/', { ...policy, allowPrivateNetwork: true }));
  });
});

describe('kinds of addresses', () => {
  it('takes what is no address as reserved', () => {
    for (const text of ['', 'example.com', '1.2.3', '127.1', '0x7f000001', '::g', '1.2.3.4.5', '12345::']) {
      assert.equal(addressKind(text), 'reserved', text);
    }
  });

  it('reads zones, brackets and every way to write the same IPv6 address', () => {
    assert.equal(addressKind('fe80::1%eth0'), 'reserved');
    assert.equal(addressKind('::1%lo'), 'loopback');
    for (const text of ['fc00::', 'FC00:0:0:0:0:0:0:0', 'fc00::0.0.0.0', '[fc00::]', 'fc00:0::0:0']) {
      assert.equal(addressKind(text), 'private', text);
    }
    for (const text of ['64:ff9b::8.8.8.8', '64:ff9b::808:808', '64:ff9b:0:0:0:0:808:808']) {
      assert.equal(addressKind(text), 'public', text);
    }
  });
});
