import assert from 'node:assert/strict';
import { buildPhpQuery, parsePhpQuery } from '../../../sandbox/bitrix24/php-query';

describe('form bodies as PHP writes them', () => {
  it('writes truth values as digits', () => {
    assert.equal(buildPhpQuery({ yes: true, no: false }), 'yes=1&no=0');
  });

  it('leaves a null out, or writes it empty where the events of the second generation do', () => {
    assert.equal(buildPhpQuery({ gone: null, text: 'a' }), 'text=a');
    assert.equal(buildPhpQuery({ gone: null, text: 'a' }, 'empty'), 'gone=&text=a');
  });

  it('loses empty maps and lists but keeps empty texts', () => {
    assert.equal(buildPhpQuery({ map: {}, list: [], deep: { list: [] }, text: '' }), 'text=');
  });

  it('numbers lists and keeps numeric keys of maps', () => {
    assert.equal(
      decodeURIComponent(buildPhpQuery({ list: ['a', 'b'], BOT: { 567: { BOT_ID: 567 } } })),
      'list[0]=a&list[1]=b&BOT[567][BOT_ID]=567',
    );
  });

  it('percent-encodes brackets and everything else that PHP does, and writes a space as a plus', () => {
    assert.equal(buildPhpQuery({ a: { b: 'x y' } }), 'a%5Bb%5D=x+y');
    assert.equal(buildPhpQuery({ t: "!'()*~+&=%" }), 't=%21%27%28%29%2A%7E%2B%26%3D%25');
    assert.equal(buildPhpQuery({ t: 'Zoë -_.' }), 't=Zo%C3%AB+-_.');
  });

  it('survives half of a surrogate pair', () => {
    assert.equal(buildPhpQuery({ t: '\ud800' }), 't=%EF%BF%BD');
  });
});

describe('form bodies as PHP reads them', () => {
  it('reads nested maps, lists and open brackets', () => {
    assert.deepEqual(parsePhpQuery('a%5Bb%5D%5Bc%5D=1&l[]=x&l[]=y&m[7]=z&t=a+b'), {
      a: { b: { c: '1' } },
      l: ['x', 'y'],
      m: { '7': 'z' },
      t: 'a b',
    });
  });

  it('gives back what it wrote', () => {
    const fields = { text: 'a&b=c [d]', map: { 12: { deep: 'é' } }, list: ['1', '2'] };
    assert.deepEqual(parsePhpQuery(buildPhpQuery(fields)), fields);
  });

  it('takes a pair without a value and a broken escape as they stand', () => {
    assert.deepEqual(parsePhpQuery('flag&x=%zz'), { flag: '', x: '%zz' });
  });

  it('does not let a name reach the prototype', () => {
    parsePhpQuery('__proto__[polluted]=1&constructor[prototype][polluted]=1');
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  });
});
