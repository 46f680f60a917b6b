import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { InvalidError } from '../../../../lib/core/errors';
import { batchRow, isSameInRow } from '../../../../lib/bitrix24/rest/batch-row';
import type { CallParams } from '../../../../lib/bitrix24/rest/portal';
import {
  base64Of,
  jsonBody,
  type ByteSource,
  type RequestBody,
} from '../../../../lib/bitrix24/rest/streamed-body';
import { until } from '../../../support/until';

const signal = new AbortController().signal;

/** Bytes that come in pieces of the given lengths, over and over. */
function sourceOf(bytes: Buffer, lengths: readonly number[], size = bytes.length): ByteSource {
  function* pieces(): Generator<Buffer> {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const length = lengths[turn % lengths.length] ?? 1;
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }
  return { size, open: async () => Readable.from(pieces(), { objectMode: false }) };
}

async function written(params: CallParams): Promise<RequestBody & { whole: string }> {
  const body = jsonBody(params, signal);
  return { ...body, whole: typeof body.body === 'string' ? body.body : await text(body.body) };
}

describe('the body of a call with a file in it', () => {
  it('is what it would be with the whole file in base64, and of the length that was told', async () => {
    for (const size of [1, 2, 3, 4, 5, 6, 7, 100, 1000, 100_000]) {
      const bytes = randomBytes(size);
      for (const lengths of [[1], [2], [3], [1, 2, 4, 5], [65_536]]) {
        const around = { dialogId: 'chat1', fields: { name: 'Zoë “x”.bin' }, after: ['é', 1, null] };
        const content = base64Of(sourceOf(bytes, lengths));
        const { whole, length } = await written({
          ...around,
          fields: { ...around.fields, content, message: 'here' },
        });
        const expected = { ...around.fields, content: bytes.toString('base64'), message: 'here' };
        assert.deepEqual(JSON.parse(whole), { ...around, fields: expected });
        assert.equal(length, Buffer.byteLength(whole));
      }
    }
  });

  it('may hold several files', async () => {
    const [one, other] = [Buffer.from('one'), Buffer.from('another')];
    const files = { a: base64Of(sourceOf(one, [2])), list: ['x', base64Of(sourceOf(other, [3]))] };
    const { whole } = await written(files);
    assert.deepEqual(JSON.parse(whole), {
      a: one.toString('base64'),
      list: ['x', other.toString('base64')],
    });
  });

  it('is read anew each time it is written', async () => {
    const content = base64Of(sourceOf(Buffer.from('again'), [2]));
    assert.equal((await written({ content })).whole, (await written({ content })).whole);
  });

  it('is a text, unchanged, when there is no file', () => {
    const params = { a: 1, b: [true, null, undefined], at: new Date(0), gone: undefined };
    assert.equal(jsonBody(params, signal).body, JSON.stringify(params));
  });

  it('fails when the file is not as long as was told, before its end is written', async () => {
    for (const told of [999, 1001, 0]) {
      const body = jsonBody({ content: base64Of(sourceOf(randomBytes(1000), [64], told)), z: 1 }, signal);
      assert.ok(body.body instanceof Readable);
      let seen = '';
      await assert.rejects(async () => {
        for await (const piece of body.body) seen += String(piece);
      }, InvalidError);
      assert.ok(body.failure() instanceof InvalidError);
      assert.ok(!seen.endsWith('}'));
    }
  });

  it('remembers the start of what it wrote, and no more', async () => {
    const bytes = randomBytes(100_000);
    const { sentTexts } = await written({ content: base64Of(sourceOf(bytes, [1000])) });
    const [start = ''] = sentTexts();
    assert.equal(start, bytes.toString('base64').slice(0, start.length));
    assert.equal(start.length, 20_000);
  });

  it('gives its file back when it is left in the middle', async () => {
    const stream = Readable.from([Buffer.alloc(10), Buffer.alloc(10)], { objectMode: false });
    const { body } = jsonBody({ content: base64Of({ size: 20, open: async () => stream }) }, signal);
    for await (const piece of body) if (String(piece).includes('AAA')) break;
    await until(() => stream.destroyed, 'the end of the source');
  });

  it('cannot be a command of a batch', () => {
    const params = { fields: { content: base64Of(sourceOf(Buffer.from('x'), [1])) } };
    assert.equal(isSameInRow(params), false);
    assert.throws(() => batchRow('test.say', params), InvalidError);
  });
});
