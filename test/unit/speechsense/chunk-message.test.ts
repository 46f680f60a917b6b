import assert from 'node:assert/strict';
import { createChunkMessages } from '../../../lib/speechsense/chunk-message';
import { methodOf } from '../../../lib/speechsense/definitions';
import { rechunk } from '../../../lib/speechsense/rechunk';

const { requestSerialize } = methodOf('UploadAsStream');

function serialized(data: Buffer): Buffer {
  return requestSerialize({ audio: { chunk: { data } } });
}

async function portionsOf(pieces: readonly Buffer[], size: number): Promise<string[]> {
  async function* source(): AsyncGenerator<Buffer> {
    yield* pieces;
  }
  const found: string[] = [];
  for await (const parts of rechunk(source(), size)) found.push(Buffer.concat(parts).toString());
  return found;
}

describe('the message of a portion', () => {
  it('is what the definitions make of it, at every length at which a length gets longer', () => {
    const edges = [7, 14, 21].flatMap((bits) => [-9, -5, -4, -3, -2, -1, 0, 1].map((off) => 2 ** bits + off));
    for (const length of [1, 2, 64 * 1024, 512 * 1024, ...edges]) {
      const data = Buffer.alloc(length, length % 251);
      assert.ok(createChunkMessages()([data]).equals(serialized(data)), `${length} bytes`);
    }
  });

  it('takes the memory of the one before it, and nothing of what stood there', () => {
    const messageOf = createChunkMessages();
    const first = messageOf([Buffer.from('a longer portion'), Buffer.from(' in two parts')]);
    assert.ok(first.equals(serialized(Buffer.from('a longer portion in two parts'))));
    const second = messageOf([Buffer.from('short')]);
    assert.ok(second.equals(serialized(Buffer.from('short'))));
    assert.equal(second.buffer, first.buffer);
    const largest = Buffer.alloc(100_000, 'x');
    assert.ok(messageOf([largest]).equals(serialized(largest)));
  });
});

describe('a recording in portions', () => {
  it('has portions of one size however its pieces are cut, and the rest at the end', async () => {
    for (const cuts of [
      ['abcdefghij'],
      ['abc', '', 'defg', 'hij'],
      [...'abcdefghij'],
      ['abcd', 'efgh', 'ij'],
    ]) {
      const pieces = cuts.map((piece) => Buffer.from(piece));
      assert.deepEqual(await portionsOf(pieces, 4), ['abcd', 'efgh', 'ij']);
      assert.deepEqual(await portionsOf(pieces, 5), ['abcde', 'fghij']);
      assert.deepEqual(await portionsOf(pieces, 100), ['abcdefghij']);
    }
    assert.deepEqual(await portionsOf([Buffer.alloc(0)], 4), []);
  });
});
