import assert from 'node:assert/strict';
import {
  mostPictureBytes,
  pictureAddress,
  pictureFault,
  readPicture,
} from '../../../../lib/bitrix24/page/picture';

function png(width: number, height: number, extra = 0): Buffer {
  const head = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000', 'hex');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return Buffer.concat([head, Buffer.alloc(extra)]);
}

function gif(width: number, height: number): Buffer {
  const head = Buffer.from('GIF89a0000', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  return head;
}

/** With a segment and filling bytes before the one that tells the size. */
function jpeg(width: number, height: number, marker = 'c2'): Buffer {
  const frame = Buffer.from(`ff${marker}0011080000000003012200021101031101`, 'hex');
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from('ffd8ffe000040000ffffc4000400ffff', 'hex'), frame]);
}

const faultOf = (bytes: Buffer): string | undefined => pictureFault(bytes.toString('base64'));

describe('a picture for a bot', () => {
  it('is known by its own bytes, with its size', () => {
    assert.deepEqual(readPicture(png(30, 20)), { mediaType: 'image/png', width: 30, height: 20 });
    assert.deepEqual(readPicture(gif(30, 20)), { mediaType: 'image/gif', width: 30, height: 20 });
    assert.deepEqual(readPicture(jpeg(30, 20)), { mediaType: 'image/jpeg', width: 30, height: 20 });
  });

  it('has at most 5000 points a side', () => {
    for (const make of [png, gif, jpeg]) {
      assert.equal(faultOf(make(5000, 5000)), undefined);
      assert.equal(faultOf(make(5001, 1)), 'picture-large');
      assert.equal(faultOf(make(1, 5001)), 'picture-large');
      assert.equal(faultOf(make(0, 5)), 'picture-type');
    }
  });

  it('has at most 512 KB, the last byte counted', () => {
    assert.equal(faultOf(png(1, 1, mostPictureBytes - 24)), undefined);
    assert.equal(faultOf(png(1, 1, mostPictureBytes - 24 + 3)), 'picture-heavy');
  });

  it('is nothing that a browser could take for something else', () => {
    for (const text of ['', 'A', '<svg/onload=x>', 'data:image/png;base64,AAAA', 'AAAA\nAAAA', 'AAAA=AAA']) {
      assert.equal(pictureFault(text), 'picture-type', text);
    }
    for (const bytes of [
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      Buffer.from('%PDF-1.7'),
      Buffer.from('GIF88a0000'),
      png(1, 1).subarray(0, 20),
      jpeg(9, 9, 'c4'),
      Buffer.from('ffd8', 'hex'),
      Buffer.from('ffd8ffc0', 'hex'),
      Buffer.from(`ffd8${'ff'.repeat(50)}`, 'hex'),
      Buffer.from(`ffd8${'ffe00000'.repeat(20)}`, 'hex'),
    ]) {
      assert.equal(faultOf(bytes), 'picture-type', bytes.toString('hex'));
    }
  });

  it('is shown by an address that says what it is, whatever the node calls it', () => {
    const base64 = gif(2, 2).toString('base64');
    assert.equal(pictureAddress(base64), `data:image/gif;base64,${base64}`);
    assert.equal(pictureAddress(`data:text/html;base64,${base64}`), `data:image/gif;base64,${base64}`);
    for (const avatar of ['', 'https://x.example/a.png', 'data:text/html,<b>', 'QUJD']) {
      assert.equal(pictureAddress(avatar), undefined);
    }
  });
});
