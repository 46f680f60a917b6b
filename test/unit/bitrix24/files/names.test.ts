import assert from 'node:assert/strict';
import { dispositionName } from '../../../../lib/bitrix24/files/content-disposition';
import { extensionOf, receivedName, safeName } from '../../../../lib/bitrix24/files/file-name';
import { viewerTypeOf } from '../../../../lib/bitrix24/files/viewer-type';

/** As Node hands a header out whose bytes are UTF-8. */
const rawUtf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('the name in a Content-Disposition header', () => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    ['attachment; filename="bill.pdf"', 'bill.pdf'],
    ['attachment; filename=bill.pdf', 'bill.pdf'],
    ['ATTACHMENT;FileName = bill.pdf ; size=3', 'bill.pdf'],
    ['attachment; filename="a \\"b\\"; c.txt"', 'a "b"; c.txt'],
    [`attachment; filename="_.txt"; filename*=utf-8''%D1%81%D1%87%D1%91%D1%82.txt`, 'счёт.txt'],
    [`attachment; filename*=UTF-8'ru'%D1%81%D1%87%D1%91%D1%82.txt; filename="_.txt"`, 'счёт.txt'],
    [`attachment; filename*=iso-8859-1'en'%A3%20rates.txt`, '£ rates.txt'],
    [`attachment; filename="kept.txt"; filename*=koi8-r''%D3`, 'kept.txt'],
    [`attachment; filename="kept.txt"; filename*=utf-8''%ff%ff`, 'kept.txt'],
    [`attachment; filename="kept.txt"; filename*=utf-8''100%`, 'kept.txt'],
    [rawUtf8('attachment; filename="счёт.txt"'), 'счёт.txt'],
    ['attachment; filename="na\xefve.txt"', 'naïve.txt'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename="C:\\\\temp\\\\bill.txt"', 'bill.txt'],
    [`attachment; filename*=utf-8''bill%E2%80%AEtxt.exe%0A`, 'billtxt.exe'],
    ['attachment; filename=""', undefined],
    ['attachment; filename=".."', undefined],
    ['inline', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [header, name] of cases) {
    it(`${JSON.stringify(header)} gives ${JSON.stringify(name)}`, () => {
      assert.equal(dispositionName(header), name);
    });
  }

  it('is found quickly in a header that is made to be slow', () => {
    assert.equal(dispositionName(`attachment; filename="${'\\\\"'.repeat(20_000)}`), undefined);
  });
});

describe('the names of files', () => {
  it('keep their letters and lose what leads elsewhere', () => {
    assert.equal(safeName('../a/<b>: "счёт".pdf'), 'b счёт.pdf');
    assert.equal(safeName('...hidden'), 'hidden');
    assert.equal(safeName('???'), 'file');
    assert.equal(safeName(`${'long'.repeat(100)}.pdf`).length, 124);
    assert.equal(receivedName(`Zoë “x”.jpg`), 'Zoë “x”.jpg');
    assert.equal(receivedName('  '), undefined);
  });

  it('have an extension as v1 events write it', () => {
    assert.equal(extensionOf('a.b.JPG'), 'jpg');
    assert.equal(extensionOf('noextension'), undefined);
    assert.equal(extensionOf('sentence. and more'), undefined);
  });
});

describe('what v1 events call a file', () => {
  for (const [mime, name, type] of [
    ['image/png', undefined, 'image'],
    ['audio/ogg', 'voice.mp4', 'audio'],
    ['video/webm', 'clip.webm', 'video'],
    ['application/pdf', 'a.png', 'file'],
    ['text/plain', undefined, 'file'],
    ['application/octet-stream', 'photo.JPG', 'image'],
    ['application/octet-stream', 'noise', 'file'],
    ['application/octet-stream', undefined, undefined],
    [undefined, 'voice.ogg', 'audio'],
    [undefined, 'film.mov', 'video'],
    [undefined, 'bill.pdf', 'file'],
    [undefined, undefined, undefined],
  ] as const) {
    it(`${mime ?? 'no type'}, ${name ?? 'no name'}: ${type ?? 'nothing'}`, () => {
      assert.equal(viewerTypeOf(mime, name), type);
    });
  }
});
