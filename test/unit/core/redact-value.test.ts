import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { createRedactor } from '../../../lib/core/redact';
import { pick, randomText, seededRandom } from './random';

const redact = (source: unknown): unknown => createRedactor().value(source);

const secretNames = [
  ...['auth', 'access_token', 'refresh_token', 'client_secret', 'clientSecret', 'application_token'],
  ...['APPLICATION_TOKEN', 'AUTH_ID', 'REFRESH_ID', 'token', 'botToken', 'CLIENT_ID', 'apiKey', 'api-key'],
  ...['authorization', 'Proxy-Authorization', 'password', 'secret', 'signature', 'sessid', 'DOWNLOAD_URL'],
  ...[
    'downloadUrl',
    'urlMachine',
    'webhookUrl',
    'redisUrl',
    'encryptionKey',
    'set-cookie',
    'user_access_token',
  ],
];

describe('redactor: values', () => {
  for (const name of secretNames) {
    it(`masks what ${name} holds`, () => {
      assert.deepEqual(redact({ deep: [{ [name]: 'abc', kept: 'abc' }] }), {
        deep: [{ [name]: '***', kept: 'abc' }],
      });
      assert.deepEqual(redact(new Map([[name, 'abc']])), new Map([[name, '***']]));
    });
  }

  it('masks the whole of an object, a list or a number under a secret name', () => {
    const source = { auth: { a: 1 }, token: ['abc'], password: 1234, secret: Buffer.from('abc') };
    assert.deepEqual(redact(source), { auth: '***', token: '***', password: '***', secret: '***' });
  });

  it('shows that a secret is missing', () => {
    const source = { auth: null, token: undefined, password: '', secret: false };
    assert.deepEqual(redact(source), source);
  });

  it('masks inside texts at every depth', () => {
    assert.deepEqual(redact({ a: [{ b: 'token=abc' }] }), { a: [{ b: 'token=***' }] });
  });

  it('takes errors apart, with their causes', () => {
    const inner = Object.assign(new Error('auth=abc failed'), { code: 'E_INNER', config: { token: 'abc' } });
    const shown = redact(new AggregateError([inner], 'password=abc', { cause: inner }));
    assert.ok(typeof shown === 'object' && shown !== null && 'message' in shown && 'cause' in shown);
    assert.equal(shown.message, 'password=***');
    assert.ok(!inspect(shown, { depth: null }).includes('abc'));
    assert.ok(inspect(shown, { depth: null }).includes('E_INNER'));
  });

  it('gives back cycles as a word and shared objects each time', () => {
    const shared = { token: 'abc', n: 1 };
    const source: Record<string, unknown> = { one: shared, two: shared };
    source['self'] = source;
    const copied = { token: '***', n: 1 };
    assert.deepEqual(redact(source), { one: copied, two: copied, self: '[circular]' });
  });

  it('comes to an end on objects that share each other over and over', () => {
    let source: unknown = 'token=abc';
    for (let level = 0; level < 60; level += 1) source = [source, source];
    assert.ok(Array.isArray(redact(source)));
  });

  it('cuts off what is too deep, and does not show it', () => {
    let source: unknown = { token: 'abc' };
    for (let level = 0; level < 100_000; level += 1) source = { next: source };
    const shown = inspect(redact(source), { depth: null });
    assert.ok(shown.includes('[too deep]'));
    assert.ok(!shown.includes('abc'));
  });

  it('sums up bytes', () => {
    const source = {
      a: Buffer.from('abc'),
      b: new Uint16Array(4),
      c: new ArrayBuffer(5),
      d: new DataView(new ArrayBuffer(2)),
    };
    assert.deepEqual(redact(source), { a: '[3 bytes]', b: '[8 bytes]', c: '[5 bytes]', d: '[2 bytes]' });
  });

  it('reads class instances, addresses, dates, sets and boxed texts', () => {
    class Account {
      readonly name = 'Ann';
      readonly #hidden = 'abc';
      token = this.#hidden;
    }
    const day = new Date(0);
    const source = [
      new Account(),
      new URL('https://p/rest/1/abc/x'),
      day,
      new Set(['token=abc']),
      new String('token=abc'),
    ];
    assert.deepEqual(redact(source), [
      { name: 'Ann', token: '***' },
      'https://p/rest/1/***/x',
      day,
      new Set(['token=***']),
      'token=***',
    ]);
  });

  it('leaves plain values alone', () => {
    for (const plain of [1, 0, -0, Number.NaN, 5n, true, null, undefined, 'text'])
      assert.ok(Object.is(redact(plain), plain));
    assert.equal(
      redact(() => 'abc'),
      '[function]',
    );
  });

  it('does not throw on what cannot be read', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('token=abc');
        },
      },
    );
    const source = {
      get broken(): string {
        throw new Error('token=abc');
      },
      revoked: revoked.proxy,
      hostile,
      kept: 1,
    };
    const nothing = '[unreadable]';
    assert.deepEqual(redact(source), { broken: nothing, revoked: nothing, hostile: nothing, kept: 1 });
  });

  it('does not change what it is given, not even a prototype', () => {
    const source: unknown = JSON.parse('{"__proto__":{"token":"abc"},"a":{"token":"abc"},"l":["token=abc"]}');
    const before = inspect(source, { depth: null });
    const shown = redact(Object.freeze(source));
    assert.equal(inspect(source, { depth: null }), before);
    assert.ok(!inspect(shown, { depth: null }).includes('abc'));
    assert.equal(Object.getPrototypeOf(shown), Object.prototype);
  });

  it('does not call what an object offers to write itself with', () => {
    const shown = redact({ toJSON: () => 'abc', toString: () => 'abc', [inspect.custom]: () => 'abc' });
    assert.ok(!JSON.stringify(shown).includes('abc'));
    assert.ok(!inspect(shown).includes('abc'));
  });

  it('property: never throws, never shows what a secret name holds', () => {
    const marker = 'MARKER-5ecret';
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seededRandom(seed);
      const source = randomValue(random, marker, 5);
      const before = inspect(source, { depth: null });
      const shown = redact(source);
      assert.ok(!inspect(shown, { depth: null }).includes(marker), `seed ${seed}`);
      assert.equal(inspect(source, { depth: null }), before, `seed ${seed}`);
      JSON.stringify(shown);
    }
  });
});

/** Random shapes in which the marker stands only where it must be masked. */
function randomValue(random: () => number, marker: string, depth: number): unknown {
  const inner = (): unknown =>
    depth > 0 ? randomValue(random, marker, depth - 1) : randomText(random, 'ab c', 0, 9);
  const name = pick(random, ['access_token', 'auth', 'apiKey', 'password', 'CLIENT_ID', 'downloadUrl']);
  const shapes: [() => unknown, ...(() => unknown)[]] = [
    () => ({ [name]: marker, n: inner() }),
    () => ({ [name]: { held: marker, n: inner() } }),
    () => [inner(), `x ${name}=${marker} y`],
    () =>
      new Map<unknown, unknown>([
        [name, marker],
        [{ [name]: marker }, inner()],
      ]),
    () => new Set([inner(), JSON.stringify({ [name]: marker, z: 1 })]),
    () => Object.assign(new Error(`${name}="${marker}"`), { [name]: marker, inner: inner() }),
    () => new Error('outer', { cause: inner() }),
    () => `https://p.x/rest/7/${marker}/profile`,
    () => JSON.stringify(JSON.stringify({ a: [{ [name]: `${marker}"\\` }] })),
    () => inheriting({ n: inner() }, { inherited: marker }),
    () => Buffer.from(marker),
  ];
  return pick(random, shapes)();
}

function inheriting(own: object, inherited: object): object {
  Object.setPrototypeOf(own, inherited);
  return own;
}
