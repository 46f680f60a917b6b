import assert from 'node:assert/strict';
import { extensionOfBytes, mediaTypeOf } from '../../../../lib/bitrix24/files/media-type';

const png = Buffer.from('\x89PNG\r\n\x1a\n rest', 'latin1');
const ogg = Buffer.from('OggS rest');
const archive = Buffer.from('PK\x03\x04 rest', 'latin1');
const words = Buffer.from('any words');

describe('the media type of a file', () => {
  for (const [mime, name, start, wanted] of [
    ['image/jpeg', 'a.png', png, 'image/jpeg'],
    ['text/plain', 'a', words, 'text/plain'],
    ['application/octet-stream', 'a', png, 'image/png'],
    [undefined, 'photo.jpg', png, 'image/png'],
    ['application/octet-stream', 'file-481', ogg, 'audio/ogg'],
    ['application/octet-stream', 'a', Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8', 'latin1'), 'image/webp'],
    ['application/octet-stream', 'a', Buffer.from('RIFF\x10\x00\x00\x00WAVEfmt', 'latin1'), 'audio/wav'],
    ['application/octet-stream', 'a', Buffer.from('\x00\x00\x00\x20ftypM4A ', 'latin1'), 'audio/mp4'],
    ['application/octet-stream', 'a', Buffer.from('\x00\x00\x00\x20ftypisom', 'latin1'), 'video/mp4'],
    ['application/octet-stream', 'a.zip', archive, 'application/zip'],
    [
      'application/octet-stream',
      'report.DOCX',
      archive,
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['application/octet-stream', 'prices.csv', words, 'text/csv'],
    ['application/octet-stream', 'words', words, 'application/octet-stream'],
    ['application/x-download', 'empty.pdf', Buffer.alloc(0), 'application/pdf'],
    [undefined, 'a.constructor', words, 'application/octet-stream'],
  ] as const) {
    it(`of ${String(mime)}, ${name}, ${JSON.stringify(start.toString('latin1', 0, 12))} is ${wanted}`, () => {
      assert.equal(mediaTypeOf(mime, name, start), wanted);
    });
  }

  it('gives bytes without a name an ending', () => {
    assert.equal(extensionOfBytes(png), 'png');
    assert.equal(extensionOfBytes(Buffer.from('%PDF-1.7')), 'pdf');
    assert.equal(extensionOfBytes(words), undefined);
  });
});
