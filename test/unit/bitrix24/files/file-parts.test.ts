import assert from 'node:assert/strict';
import { InvalidError } from '../../../../lib/core/errors';
import { filePartsOf } from '../../../../lib/bitrix24/files/file-parts';
import { readWantedFiles } from '../../../../lib/bitrix24/files/wanted-files';

const bytes = Buffer.from('7 EUR');
const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const nothingSaid = { name: undefined, saidText: undefined };

describe('what a flow sends as a file', () => {
  for (const [what, given, name, wanted] of [
    ['bytes', bytes, undefined, { name: 'file', data: bytes }],
    ['bytes that tell their kind', png, undefined, { name: 'file.png', data: png }],
    ['bytes with a name', bytes, 'bill.txt', { name: 'bill.txt', data: bytes }],
    ['a path', '/data/bill.pdf', undefined, { name: 'bill.pdf', path: '/data/bill.pdf' }],
    [
      'an address',
      'https://example.com/a%20b.pdf?x=1',
      undefined,
      { name: 'a b.pdf', url: 'https://example.com/a%20b.pdf?x=1' },
    ],
    [
      'an address without a file',
      'https://example.com',
      undefined,
      { name: 'file', url: 'https://example.com' },
    ],
    ['an object', { data: bytes, name: 'bill.txt' }, undefined, { name: 'bill.txt', data: bytes }],
    ['text', { data: '7 EUR', name: 'bill.txt' }, undefined, { name: 'bill.txt', data: bytes }],
    ['an object and a name', { data: bytes, name: 'a.txt' }, 'b.txt', { name: 'b.txt', data: bytes }],
    [
      'what was downloaded',
      { id: 481, name: 'photo.jpg', type: 'image/jpeg', size: 5, path: '/tmp/x/file.jpg' },
      undefined,
      { name: 'photo.jpg', path: '/tmp/x/file.jpg' },
    ],
  ] as const) {
    it(`may be ${what}`, () => {
      assert.deepEqual(filePartsOf(given, { ...nothingSaid, name }), [{ type: 'file', ...wanted }]);
    });
  }

  it('may be several, each with its own name', () => {
    const parts = filePartsOf([bytes, '/data/bill.pdf'], { ...nothingSaid, name: 'one.txt' });
    assert.deepEqual(
      parts.map(({ name }) => name),
      ['file', 'bill.pdf'],
    );
  });

  for (const [what, given] of [
    ['nothing', undefined],
    ['an empty list', []],
    ['a relative path', 'bill.pdf'],
    ['a number', 7],
    ['an object without a content', { name: 'a.txt' }],
    ['another kind of address', 'file:///etc/passwd'],
  ] as const) {
    it(`is not ${what}`, () => {
      assert.throws(() => filePartsOf(given, nothingSaid), InvalidError);
    });
  }

  it('is never what the person has written', () => {
    for (const given of ['/etc/passwd', ' /etc/passwd\n', ['/etc/passwd']])
      assert.throws(() => filePartsOf(given, { name: 'a', saidText: '/etc/passwd' }), /has written/);
    assert.equal(filePartsOf('/etc/motd', { name: undefined, saidText: 'hello' }).length, 1);
  });
});

describe('the files that a flow asks for', () => {
  it('are ids, entries of an event, or lists of both', () => {
    assert.deepEqual(readWantedFiles(481), [{ id: 481 }]);
    assert.deepEqual(readWantedFiles('481'), [{ id: 481 }]);
    assert.deepEqual(readWantedFiles([{ id: 481, name: 'a.txt', type: 'file' }, '482']), [
      { id: 481, name: 'a.txt' },
      { id: 482 },
    ]);
    assert.deepEqual(readWantedFiles([]), []);
  });

  it('are nothing else', () => {
    for (const given of [undefined, null, '', 0, 'photo.jpg', {}, [481, 'x'], { id: 'x' }])
      assert.equal(readWantedFiles(given), undefined);
  });
});
