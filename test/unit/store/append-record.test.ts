import assert from 'node:assert/strict';
import { encodeRecord, type StoreRecord } from '../../../lib/store/record';
import { decodeRecord } from '../../../lib/store/record-decode';

describe('the record of an item that was added', () => {
  const plain: StoreRecord = {
    ...{ op: 'append', queue: 'q', id: 'i', once: ['event', 5], durable: true, payload: 'text' },
  };

  it('is read as earlier versions wrote it, and written as they read it', () => {
    const head = Buffer.from(JSON.stringify(['append', 'q', 'i', ['event', 5], true]));
    const start = Buffer.alloc(5);
    start.writeUInt32LE(head.length, 0);
    start.writeUInt8(1, 4);
    const body = Buffer.concat([start, head, Buffer.from('text')]);
    assert.deepEqual(decodeRecord(body), plain);
    assert.ok(encodeRecord(plain).equals(body));
  });

  for (const before of ['other', undefined]) {
    it(`tells when it came and what it stands before (${before ?? 'nothing'})`, () => {
      const record: StoreRecord = { ...plain, earlier: { appendedAt: 7, before } };
      assert.deepEqual(decodeRecord(encodeRecord(record)), record);
    });
  }
});
