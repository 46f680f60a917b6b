import assert from 'node:assert/strict';
import { stringify } from 'qs';
import { batchRow, isFileMethod, isSameInRow } from '../../../../lib/bitrix24/rest/batch-row';
import { parsePhpQuery } from '../../../../sandbox/bitrix24';
import { pick, randomText, seededRandom } from '../../core/random';

function decoded(params: Record<string, unknown>): unknown {
  const row = batchRow('some.method', params);
  return parsePhpQuery(row.slice('some.method?'.length));
}

const letters = "aZ09-._~!'()*+&=%[]#/ \r\n\u00a0Яü漢😀\ud800";

/** Nothing empty and nothing but texts and numbers: of the others qs makes something else on purpose. */
function anyValue(random: () => number, depth: number): unknown {
  const kind = pick(random, depth > 0 ? ['text', 'number', 'list', 'map'] : ['text', 'number']);
  if (kind === 'number') return Math.floor(random() * 1e9) / pick(random, [1, 7]);
  if (kind === 'text') return randomText(random, letters, 0, 12);
  const inner = Array.from({ length: 1 + Math.floor(random() * 4) }, () => anyValue(random, depth - 1));
  if (kind === 'list') return inner;
  return Object.fromEntries(inner.map((value) => [randomText(random, letters, 1, 6), value]));
}

describe('batch rows (b24jssdk 7, bitrix24-rest 8 and 18.10)', () => {
  it('every kind of text survives one decoding', () => {
    const texts = [
      'a & b = c',
      '50 % + #1',
      'line\r\nbreak',
      'Привет ü 漢字 😀',
      '"quotes" [b]x[/b]',
      '%26 %2525',
      '',
    ];
    for (const message of texts) assert.deepEqual(decoded({ fields: { message } }), { fields: { message } });
  });

  it('nested maps and lists keep their shape', () => {
    const params = {
      a: { b: { c: 'd' } },
      list: ['x', 'y'],
      rows: [{ id: '1' }, { id: '2' }],
      'k&=[': 'odd',
    };
    const row = batchRow('m', { rows: params.rows });
    assert.equal(decodeURIComponent(row), 'm?rows[0][id]=1&rows[1][id]=2');
    assert.deepEqual(decoded({ a: params.a, list: params.list, rows: params.rows }), {
      a: params.a,
      list: params.list,
      rows: params.rows,
    });
  });

  it('long lists stay lists', () => {
    const ids = Array.from({ length: 60 }, (_, n) => String(n));
    assert.deepEqual(decoded({ ids }), { ids });
  });

  it('true and false are Y and N; null and empty lists are empty texts, not nothing', () => {
    const given = { yes: true, no: false, none: null, list: [], map: {}, deep: { a: [], b: null } };
    assert.deepEqual(decoded(given), {
      yes: 'Y',
      no: 'N',
      none: '',
      list: '',
      map: '',
      deep: { a: '', b: '' },
    });
  });

  it('undefined is left out, as JSON does', () => {
    assert.deepEqual(decoded({ a: 1, b: undefined, c: { d: undefined, e: 2 } }), { a: '1', c: { e: '2' } });
  });

  it('a reference to another result survives one decoding', () => {
    assert.deepEqual(decoded({ ID: '$result[a][0][ID]' }), { ID: '$result[a][0][ID]' });
  });

  it('without parameters there is only the method', () => {
    assert.equal(batchRow('profile', {}), 'profile');
  });

  it('whatever stands in them, they are written as qs writes them', () => {
    const random = seededRandom(20_260_301);
    for (let count = 0; count < 2000; count += 1) {
      const params = { a: 1, fields: anyValue(random, 3) };
      assert.equal(batchRow('m', params), `m?${stringify(params, { arrayFormat: 'indices' })}`);
    }
  });

  it('a method name cannot smuggle in a second one', () => {
    for (const name of ['a?b=1', 'a&b', '../x', 'a b']) assert.throws(() => batchRow(name, {}));
  });
});

describe('what may travel in a batch unseen', () => {
  it('what a form can say as well as JSON', () => {
    assert.ok(
      isSameInRow({ botId: 5, fields: { message: 'text', system: true, keyboard: [{ TEXT: 'a' }] } }),
    );
    assert.ok(isSameInRow({ a: 'x', b: undefined }));
  });

  it('not what a form would lose, nor what the portal would take for a reference', () => {
    for (const odd of [null, [], {}, { a: null }, 'see $result[c0][id]', { '$result[a]': 1 }]) {
      assert.equal(isSameInRow({ fields: { odd } }), false, JSON.stringify(odd));
    }
  });

  it('no files', () => {
    for (const method of ['imbot.v2.File.upload', 'imbot.v2.File.download', 'disk.folder.uploadfile']) {
      assert.ok(isFileMethod(method), method);
    }
    assert.equal(isFileMethod('imbot.v2.Chat.Message.send'), false);
  });
});
