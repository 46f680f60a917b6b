import assert from 'node:assert/strict';
import { findFrames, joinFrames, makeFrame } from '../../../lib/store/frame';

const salt = 0xcafe1234;
const frameOf = (seq: number, text: string): ReturnType<typeof makeFrame> =>
  makeFrame(seq, 1000 + seq, Buffer.from(text));

function textsIn(bytes: Buffer): string[] {
  return [...findFrames(bytes, salt, 0)].map((found) =>
    found.kind === 'frame' ? found.frame.body.toString() : `damage of ${found.records}`,
  );
}

describe('frames', () => {
  it('come back with number, time and body', () => {
    const bytes = joinFrames([frameOf(1, 'one'), frameOf(2, ''), frameOf(2 ** 50, 'три')], salt);
    const found = [...findFrames(bytes, salt, 0)].map((each) =>
      each.kind === 'frame' ? [each.frame.seq, each.frame.time, each.frame.body.toString()] : each,
    );
    assert.deepEqual(found, [
      [1, 1001, 'one'],
      [2, 1002, ''],
      [2 ** 50, 2 ** 50 + 1000, 'три'],
    ]);
  });

  it('are found behind any stretch of other bytes', () => {
    const good = joinFrames([frameOf(1, 'one')], salt);
    const bytes = Buffer.concat([good, Buffer.alloc(77, 0xb1), good, Buffer.from('tail')]);
    assert.deepEqual(textsIn(bytes), ['one', 'damage of 1', 'one', 'damage of 1']);
  });

  it('that were planted inside a value are not found when the record around them is damaged', () => {
    const planted = joinFrames([frameOf(9, 'planted')], 0);
    const host = joinFrames([makeFrame(1, 1, Buffer.concat([Buffer.from('x'), planted]))], salt);
    host.writeUInt8(host.readUInt8(4) ^ 1, 4);
    assert.deepEqual(textsIn(Buffer.concat([host, joinFrames([frameOf(2, 'real')], salt)])), [
      'damage of 1',
      'real',
    ]);
  });

  it('of another file are not taken for those of this one', () => {
    assert.deepEqual(textsIn(joinFrames([frameOf(1, 'one')], salt + 1)), ['damage of 1']);
  });
});
