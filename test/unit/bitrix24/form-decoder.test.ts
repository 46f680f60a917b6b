import assert from 'node:assert/strict';
import { parse, type IParseOptions } from 'qs';
import { decodeForm } from '../../../lib/bitrix24/events/form-decoder';
import { pick, randomText, seededRandom } from '../core/random';

const limits = { fields: 40, depth: 4 };
const asQs: IParseOptions = {
  parseArrays: false,
  plainObjects: true,
  depth: limits.depth,
  strictDepth: true,
  parameterLimit: limits.fields,
  throwOnLimitExceeded: true,
};

type Random = () => number;
type Read = { form: unknown } | 'refused';

function orRefused(read: () => unknown): Read {
  try {
    const form = read();
    return hasList(form) ? 'refused' : { form };
  } catch {
    return 'refused';
  }
}

/** Of a field that is named twice, qs makes a list. */
function hasList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.values(value).some(hasList);
}

const byQs = (body: string): Read => orRefused(() => parse(body, asQs));
const byUs = (body: string): Read => orRefused(() => decodeForm(body, limits));

function assertSame(bodies: Iterable<string>): { read: number; refused: number } {
  const outcomes = { read: 0, refused: 0 };
  for (const body of bodies) {
    const [ours, theirs] = [byUs(body), byQs(body)];
    assert.deepEqual(ours, theirs, body);
    // The order as well: of several bots the first one is the first.
    assert.equal(JSON.stringify(ours), JSON.stringify(theirs), body);
    outcomes[ours === 'refused' ? 'refused' : 'read'] += 1;
  }
  return outcomes;
}

function* made(seed: number, count: number, make: (random: Random) => string): Generator<string> {
  const random = seededRandom(seed);
  for (let made = 0; made < count; made += 1) yield make(random);
}

const keys = [
  'data',
  'bot',
  'id',
  '7',
  '0',
  '55',
  'a b',
  'a+b',
  'имя',
  'a.b',
  '%',
  '%5B',
  'a=b',
  'a&b',
  'x-y',
];
const odd = ['', '__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'length'];
const letters = 'ab1 +&=%[]#?Яü漢😀\r\n';

/** As PHP writes a map of maps, in one of the spellings of brackets. */
function formOf(random: Random): string {
  const pairs: string[] = [];
  const brackets = pick<readonly [string, string]>(random, [
    ['%5B', '%5D'],
    ['%5b', '%5d'],
    ['[', ']'],
    ['%5B', ']'],
  ]);
  const encode = pick(random, [encodeURIComponent, plusEncoded]);
  function write(name: string, depth: number): void {
    const taken = new Set<string>();
    for (let count = Math.floor(random() * 5); count >= 0 && pairs.length < limits.fields; count -= 1) {
      const key = pick(random, [...keys, ...odd.slice(1)] as unknown as readonly [string, ...string[]]);
      if (taken.has(key)) continue;
      taken.add(key);
      const inner = name === '' ? encode(key) : `${name}${brackets[0]}${encode(key)}${brackets[1]}`;
      if (depth > 0 && random() < 0.4) write(inner, depth - 1);
      else pairs.push(`${inner}=${encode(randomText(random, letters, 0, 8))}`);
    }
  }
  write('', limits.depth);
  return pairs.join('&');
}

const plusEncoded = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');

const scraps = [
  ...[
    '[',
    ']',
    '%5B',
    '%5D',
    '%5b',
    '%5d',
    '[]',
    '%5B%5D',
    '=',
    '+',
    '%',
    '%2',
    '%ZZ',
    '%25',
    '%255B',
    '%D0%9F',
  ],
  ...[
    '%D0',
    '%E2%82',
    '%00',
    '%26',
    '%3D',
    '.',
    'a',
    'b',
    '1',
    '0',
    'я',
    '__proto__',
    'constructor',
    '[a]',
    '[b]',
  ],
] as const;

const scrapsOf = (random: Random, most: number): string =>
  Array.from({ length: Math.floor(random() * most) }, () => pick(random, scraps)).join('');

/** Each name differs from all others by how it begins or by its first group, whatever stands behind. */
function oddForm(random: Random): string {
  return Array.from({ length: 1 + Math.floor(random() * 4) }, (_, place) => {
    const start = pick(random, [`k${place}`, `k[${place}]`, `k%5B${place}%5D`, `[k${place}]`]);
    const text = random() < 0.2 ? '' : `=${scrapsOf(random, 6)}`;
    return `${start}${scrapsOf(random, 7)}${text}`;
  }).join(pick(random, ['&', '&', '&&']));
}

describe('the decoder of forms', () => {
  it('reads 5 000 generated forms as qs does', () => {
    const { read, refused } = assertSame(made(20_260_302, 5000, formOf));
    assert.deepEqual([read > 4900, refused], [true, 0], `${read} read, ${refused} refused`);
  });

  it('reads or refuses 20 000 forms with broken names and values as qs does', () => {
    const { read, refused } = assertSame(made(20_260_303, 20_000, oddForm));
    assert.ok(read > 10_000 && refused > 20, `${read} read, ${refused} refused`);
  });

  it('reads what is hardly a form as qs does', () => {
    assertSame([
      ...['', '&', '&&&', '=', '==', '=1', 'a', 'a=', 'a==', 'a=b=c', 'a&b', '?a=1', 'a=1&', '&a=1'],
      ...['a[b=c]=d', 'a=b]=c', 'a%5Bb=c%5D=d', 'a=%5D=1', 'a[=1', 'a]=1', '[=1', ']=1', '[]=1', '[][]=1'],
      ...[
        'a[][b]=1',
        'a[[b]]=1',
        'a[b]c[d]=1',
        'a[b]c=1',
        '[a]=1',
        '[a][b]=1',
        '[a]b=1',
        'a[b=1',
        'a[b][c=1',
      ],
      ...['a%255Bb%255D=1', 'a%ZZ%5Bb%5D=+%5B%5d', 'a%5Bb%ZZ%5D=1', '%5Ba%5D=1&%5Bb%5D=2', 'a%5Bb+c%5D=1'],
      ...['a%5Bb%5D=1&a%5Bc[%5D=2', 'a%5Bb%5D=1&a%5B%5D=2', 'a%5Bb%5D=1&a%5Bc%5Dx=2', 'a%5Bb%5D=1&a%5Bc'],
    ]);
  });

  it('makes maps without a prototype, in which any name may stand, and drops the one that may not', () => {
    assertSame([
      ...['__proto__=1', '__proto__[a]=1', 'a[__proto__]=1', 'a[__proto__][b]=1&a[c]=2', '[__proto__]=1'],
      ...['a%5Bb%5D=1&a%5B__proto__%5D=2', 'a%5B__proto__%5D%5Bb%5D=1&a%5B__proto__%5D%5Bc%5D=2'],
      ...[
        'constructor[prototype][a]=1',
        'toString=1',
        'a[hasOwnProperty]=1&a[constructor]=2',
        'valueOf[a]=1',
      ],
    ]);
    const form = decodeForm('a[constructor]=1', limits);
    assert.equal(Object.getPrototypeOf(form), null);
    assert.equal(Object.getPrototypeOf(form['a']), null);
  });

  it('makes maps of numbers, never lists', () => {
    assertSame(['a[0]=x&a[1]=y', '0=x&1=y', 'a[55][id]=1&a[7][id]=2', 'a[1e3]=1&a[01]=2&a[-1]=3']);
    assert.deepEqual(Object.keys(decodeForm('a[0]=x&a[1]=y', limits)['a'] ?? ''), ['0', '1']);
  });

  it('has the limits of qs, to the field and to the bracket', () => {
    const wide = (fields: number): string => Array.from({ length: fields }, (_, n) => `k${n}=1`).join('&');
    const deep = (groups: number): string => `a${'[b]'.repeat(groups)}=1`;
    const bodies = [wide(40), wide(41), `${wide(40)}&`];
    const { read, refused } = assertSame([...bodies, deep(4), deep(5), `${deep(4)}&a[b][b][b][c][d]=1`]);
    assert.deepEqual([read, refused], [2, 4]);
    assert.equal(byUs(wide(41)), 'refused');
    assert.equal(byUs(deep(5)), 'refused');
  });

  it('refuses a field that is named twice, in whatever spelling, also where qs lets one of the two go', () => {
    const both = [
      'a=1&a=2',
      'a=1&%61=1',
      'a[b]=1&a%5Bb%5D=2',
      'a=1&a[b]=2',
      'a=&a[b]=2',
      'a[b]=1&a=2',
      'a[]=1&a[]=2',
    ];
    for (const body of both) assert.deepEqual([byUs(body), byQs(body)], ['refused', 'refused'], body);
    for (const body of ['a[b]=1&a=', 'a[b]=1&a[b]x=', 'a[]=1&a[0]=', 'a[b]=1&a=2&a=3']) {
      assert.equal(byUs(body), 'refused', body);
    }
  });
});
