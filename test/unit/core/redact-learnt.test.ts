import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { createRedactor, type Redactor } from '../../../lib/core/redact';
import { pick, randomText, seededRandom } from './random';

const secret = 'pä55/w"ö+rd\\&=?';

function knowing(...secrets: string[]): Redactor {
  const redactor = createRedactor();
  for (const each of secrets) redactor.learn(each);
  return redactor;
}

/** PHP escapes slashes and everything that is not ASCII. */
function phpJson(text: string): string {
  return JSON.stringify(text)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const spellings: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'percent-encoded': (text) => encodeURIComponent(text),
  'percent-encoded in small letters': (text) =>
    encodeURIComponent(text).replace(/%../g, (octet) => octet.toLowerCase()),
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in a form': (text) => new URLSearchParams({ x: text }).toString().slice(2),
  'in JSON': (text) => JSON.stringify(text),
  'in JSON of PHP': phpJson,
  'in JSON inside JSON': (text) => JSON.stringify(JSON.stringify(text)),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64 for addresses': (text) => Buffer.from(text).toString('base64url'),
};

describe('redactor: learnt secrets', () => {
  for (const [name, spell] of Object.entries(spellings)) {
    it(`masks a secret ${name}`, () => {
      const shown = knowing(secret).text(`before ${spell(secret)} after`);
      assert.match(shown, /^before "?(\\")?\*\*\*=*(\\")?"? after$/);
    });
  }

  it('masks a secret in base64 of a longer text, wherever it begins', () => {
    const long = 'a-secret-of-some-length';
    const redactor = knowing(long);
    for (const before of ['', 'u', 'us', 'use', 'user:']) {
      for (const after of ['', '!', '!!', '!!!']) {
        const encoded = Buffer.from(before + long + after).toString('base64');
        const shown = redactor.text(`Proxy ${encoded}`);
        const leftOver = Buffer.from(shown.replace('Proxy ', '').replace('***', ''), 'base64').toString();
        assert.ok(shown.includes('***'), shown);
        assert.ok(!leftOver.includes('secret'), leftOver);
      }
    }
  });

  it('masks the longest of secrets that begin alike', () => {
    assert.equal(knowing('abcd', 'abcd-efgh', 'abcd-e').text('x abcd-efgh abcd-e abcd y'), 'x *** *** *** y');
  });

  it('masks a secret that masking another one puts together', () => {
    assert.equal(knowing('hidden', 'a***b').text('ahiddenb'), '***');
    assert.equal(knowing('token=***').text('token=abc'), '***');
  });

  it('masks a secret that was pasted with spaces around it', () => {
    assert.equal(knowing(' s3cret \n').text('<s3cret>'), '<***>');
  });

  it('does not learn what is too short or not there', () => {
    const redactor = knowing('', 'abc', '   ');
    redactor.learn(undefined);
    assert.equal(redactor.text('abc def   ghi'), 'abc def   ghi');
  });

  it('masks a secret that is a number, a key or a symbol', () => {
    const shown = knowing('12345678').value({
      a: 12345678,
      b: [12345678n],
      k12345678: 1,
      s: Symbol('12345678'),
    });
    assert.deepEqual(shown, { a: '***', b: ['***'], 'k***': 1, s: 'Symbol(***)' });
  });

  it('stays right when very many secrets come, and forgets only the oldest', () => {
    const redactor = createRedactor();
    const name = (index: number): string => `rotating-token-${String(index).padStart(6, '0')}`;
    for (let index = 0; index < 2500; index += 1) {
      redactor.learn(name(index));
      if (index % 1500 === 0) redactor.learn('the-lasting-secret');
    }
    assert.equal(redactor.text(`${name(2499)} the-lasting-secret ${name(600)}`), '*** *** ***');
    assert.equal(redactor.text(name(0)), name(0));
  });

  it('property: whatever is learnt never survives, in any spelling and place', () => {
    const alphabet = 'abcXYZ019 -_.~+/=&?%"\'\\<>[]{}():;,*#@!\n\täöя🔑\ud800';
    const names = ['token', 'text', 'MESSAGE', 'auth', 'x'] as const;
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = seededRandom(seed);
      const secrets = Array.from({ length: 3 }, () => randomText(random, alphabet, 4, 30));
      const redactor = knowing(...secrets);
      const spellers = Object.values(spellings);
      const around = (): string => randomText(random, alphabet, 0, 12);
      for (const each of secrets) {
        for (const spell of spellers) {
          // A half character cannot be percent-encoded.
          const whole = Buffer.from(each).toString();
          const spelt = spell(whole);
          redactor.learn(whole);
          const text = `${around()}${pick(random, names)}${pick(random, ['=', ':', ' ', '":"'])}${spelt}${around()}`;
          const shown = [redactor.text(text), inspect(redactor.value({ [text]: [text, new Error(text)] }))];
          for (const result of shown) {
            const bare = spelt.replace(/^(?:\\*")+|(?:\\*")+$|=+$/g, '');
            const kept = [each, bare].find(
              (form) => form.length >= 4 && form.trim() !== '' && result.includes(form),
            );
            assert.equal(kept, undefined, `seed ${seed}: ${JSON.stringify({ text, result })}`);
          }
        }
      }
    }
  });
});
