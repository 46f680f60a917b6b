import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { EmbeddedStore } from '../../../lib/store/embedded-store';
import { findFrames } from '../../../lib/store/frame';
import { fileMark, parseSegmentName, parseSnapshotName } from '../../../lib/store/file-names';
import { fill, folder, keyOf, nextProcess, openOn, payloads, testTime } from './open-store';
import { createTestDisk, type TestDisk } from './test-disk';

const records = 6;

interface Written {
  disk: TestDisk;
  path: string;
  content: Buffer;
  /** Where each record ends. */
  ends: number[];
}

/** A killed store with records in one journal file, and where they lie. */
async function writeJournal(): Promise<Written> {
  const disk = createTestDisk();
  const store = await openOn(disk, testTime());
  await fill(store, 'q', records);
  const name = disk.names().find((each) => parseSegmentName(each) !== undefined) ?? '';
  const path = join(folder, name);
  const content = disk.content(path);
  const salt = parseSegmentName(name)?.salt ?? 0;
  const ends = [...findFrames(content, salt, fileMark.length)].map(({ end }) => end);
  assert.equal(ends.length, records);
  return { disk: disk.afterKill(), path, content, ends };
}

/** Opens on a disk with this content in place of the journal. */
async function openWith(written: Written, content: Buffer): Promise<EmbeddedStore> {
  const disk = written.disk.afterKill();
  await disk.files.remove(join(folder, 'lock'));
  disk.put(written.path, content);
  return openOn(disk, testTime());
}

const numbers = (from: number, to: number): { n: number }[] =>
  Array.from({ length: to - from }, (_, index) => ({ n: from + index }));

const codes = (store: EmbeddedStore): string[] => store.report.notices.map(({ code }) => code);

describe('a damaged journal', () => {
  it('that is cut at any byte of its last three records opens, loses only what was cut, and says so', async () => {
    const written = await writeJournal();
    const { content, ends } = written;
    for (let length = ends[records - 4] ?? 0; length <= content.length; length += 1) {
      const whole = ends.filter((end) => end <= length);
      const store = await openWith(written, content.subarray(0, length));
      assert.deepEqual(await payloads(store, 'q'), numbers(0, whole.length), `cut at ${length}`);
      const cutBytes = length - (whole.at(-1) ?? 0);
      assert.equal(store.report.cutBytes, cutBytes, `cut at ${length}`);
      assert.deepEqual([store.report.cutRecords, codes(store)], cutBytes ? [1, ['STORE_CUT']] : [0, []]);
      await store.append('q', { n: whole.length }, { durable: true });
      assert.deepEqual(await payloads(store, 'q'), numbers(0, whole.length + 1));
      await store.close();
    }
  });

  for (const place of [0, 2, records - 1]) {
    it(`opens with any bit of record ${place + 1} flipped, loses only that one, and says so`, async () => {
      const written = await writeJournal();
      const { content, ends } = written;
      const start = ends[place - 1] ?? fileMark.length;
      const isLast = place === records - 1;
      for (let bit = start * 8; bit < (ends[place] ?? 0) * 8; bit += 1) {
        const flipped = Buffer.from(content);
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const store = await openWith(written, flipped);
        const left = numbers(0, records).filter(({ n }) => n !== place);
        assert.deepEqual(await payloads(store, 'q'), left, `bit ${bit - start * 8}`);
        const { cutRecords, damagedRecords } = store.report;
        assert.deepEqual([cutRecords, damagedRecords], isLast ? [1, 0] : [0, 1], `bit ${bit - start * 8}`);
        assert.deepEqual(codes(store), [isLast ? 'STORE_CUT' : 'STORE_DAMAGED']);
        await store.close();
      }
    });
  }

  it('says it once: the next opening finds nothing wrong', async () => {
    const written = await writeJournal();
    for (const at of [written.ends[2] ?? 0, written.content.length - 1]) {
      const flipped = Buffer.from(written.content);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at);
      const disk = written.disk.afterKill();
      disk.put(written.path, flipped);
      const first = await openOn(disk, testTime());
      assert.notDeepEqual(
        codes(first).filter((code) => code !== 'STORE_TAKEN_OVER'),
        [],
      );
      await first.close();
      const second = await openOn(disk, testTime());
      assert.deepEqual(codes(second), []);
      assert.equal((await payloads(second, 'q')).length, records - 1);
      await second.close();
    }
  });

  it('that is empty, or has only part of its first bytes, is no damage', async () => {
    const written = await writeJournal();
    for (let length = 0; length <= fileMark.length; length += 1) {
      const store = await openWith(written, written.content.subarray(0, length));
      assert.deepEqual([await payloads(store, 'q'), codes(store)], [[], []]);
      await fill(store, 'q', 1);
      await store.close();
    }
  });

  it('with any bit of its first bytes flipped loses nothing', async () => {
    const written = await writeJournal();
    for (let bit = 0; bit < fileMark.length * 8; bit += 1) {
      const flipped = Buffer.from(written.content);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const store = await openWith(written, flipped);
      assert.equal((await payloads(store, 'q')).length, records);
      await store.close();
    }
  });

  it('with a hole of zeros in the middle gives what lies behind', async () => {
    const { content, ends, ...rest } = await writeJournal();
    const holed = Buffer.from(content);
    holed.fill(0, (ends[0] ?? 0) + 5, (ends[2] ?? 0) - 3);
    const store = await openWith({ content, ends, ...rest }, holed);
    assert.deepEqual(await payloads(store, 'q'), [{ n: 0 }, { n: 3 }, { n: 4 }, { n: 5 }]);
    await store.close();
  });
});

describe('a foreign file', () => {
  for (const content of ['SQLite format 3\u0000 and more of it', '{"some":"json"}', 'x'.repeat(100_000)]) {
    it(`with one of our names (${content.slice(0, 12)}...) is set aside and named`, async () => {
      const written = await writeJournal();
      const disk = written.disk.afterKill();
      const name = 'journal-0000000000000000-0000000000000001-00000000.log';
      disk.put(join(folder, name), Buffer.from(content));
      const store = await openOn(disk, testTime());
      assert.equal((await payloads(store, 'q')).length, records);
      assert.deepEqual(store.report.foreignFiles, [name]);
      assert.ok(codes(store).includes('STORE_FOREIGN_FILE'));
      assert.equal(codes(store).includes('STORE_CUT'), false);
      assert.equal(disk.content(join(folder, `${name}.foreign`)).toString(), content);
      await store.close();
    });
  }

  it('with a name of its own is left alone', async () => {
    const disk = createTestDisk();
    for (const name of ['notes.txt', 'journal.log', '.keep'])
      disk.put(join(folder, name), Buffer.from('mine'));
    const store = await openOn(disk, testTime());
    await store.compact();
    await store.close();
    assert.deepEqual(store.report.notices, []);
    for (const name of ['notes.txt', 'journal.log', '.keep']) assert.ok(disk.names().includes(name));
  });
});

describe('a damaged snapshot', () => {
  it('costs the record that is damaged, not the rest', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    for (let n = 0; n < 20; n += 1) await store.set(`k:${n}`, n);
    await store.compact();
    await store.close();
    const name = disk.names().find((each) => parseSnapshotName(each) !== undefined) ?? '';
    const content = disk.content(join(folder, name));
    for (let at = fileMark.length; at < content.length; at += 13) {
      const broken = disk.afterKill();
      const flipped = Buffer.from(content);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at);
      broken.put(join(folder, name), flipped);
      const again = await openOn(broken, time, { key: keyOf('k'), processes: nextProcess() });
      const { liveKeys } = await again.stats();
      assert.ok(liveKeys >= 19, `${liveKeys} keys left after a flip at ${at}`);
      assert.deepEqual(codes(again), ['STORE_DAMAGED']);
      await again.close();
    }
  });
});
