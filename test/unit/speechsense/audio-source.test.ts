import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { systemClock } from '../../../lib/core/clock';
import { textAt } from '../../../lib/core/fields';
import {
  openRecording,
  readingError,
  SourceFailure,
  type RecordingReader,
} from '../../../lib/speechsense/recording-reader';
import { longestReadingMs, watchPieces } from '../../../lib/speechsense/watched-source';
import { lpcmTones, wav } from '../../support/audio/wav';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';

const silenceMs = 60_000;
const usual = { rules: { mono: 'reject' as const }, chunkBytes: 512 * 1024, silenceMs };
const bytes = wav(lpcmTones(10_000));
const never = new Promise<never>(() => undefined);

/** Destroyed, it waits on. */
function stuck(): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from('RIFF');
      await never;
    })(),
  );
}

async function readAll(reader: RecordingReader): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let piece = await reader.next(); piece; piece = await reader.next()) pieces.push(...piece);
  return Buffer.concat(pieces);
}

/** What is told of a recording that could not be read. */
const failed =
  (told: RegExp) =>
  (thrown: unknown): boolean => {
    assert.ok(thrown instanceof SourceFailure && thrown.isPassing);
    const error = readingError(thrown);
    assert.equal(textAt(error, 'code'), 'SPEECHSENSE_RECORDING');
    assert.match(error.message, told);
    return true;
  };

describe('the source of a recording', () => {
  it('is not silent while it gives something, however long a chunk takes', async () => {
    const clock = manualClock();
    const stream = new Readable({ read: () => undefined });
    const reader = await openRecording(async () => ({ stream }), { ...usual, clock });
    const whole = readAll(reader);
    for (let at = 0; at < bytes.length; at += 1000) {
      stream.push(bytes.subarray(at, at + 1000));
      await until(() => stream.readableLength === 0 && clock.pending() === 1, 'the piece to be read');
      await clock.advance(silenceMs - 1000);
    }
    stream.push(null);
    assert.ok((await whole).equals(bytes));
    reader.close();
    assert.equal(clock.pending(), 0);
  });

  it('is given up when it gives nothing more, also when it does not end then', async () => {
    const clock = manualClock();
    const reader = await openRecording(async () => ({ stream: stuck() }), { ...usual, clock });
    const reading = assert.rejects(readAll(reader), failed(/gave nothing for 60 s/));
    await clock.advance(silenceMs);
    await reading;
  });

  it('is given up when the work is stopped, also when it does not end then', async () => {
    const stop = new AbortController();
    const options = { ...usual, clock: systemClock, signal: stop.signal };
    const reader = await openRecording(async () => ({ stream: stuck() }), options);
    const reading = assert.rejects(readAll(reader), { code: 'CANCELLED' });
    stop.abort();
    await reading;
  });

  it('is given up when it drips for ever', async () => {
    let time = 0;
    const drops = Readable.from(
      (function* () {
        for (;;) yield Buffer.from([(time += 1000) % 7]);
      })(),
    );
    const watch = { silenceMs, totalMs: 600_000, clock: systemClock, monotonic: () => time };
    await assert.rejects(buffer(watchPieces(drops, watch).pieces), /did not come to its end in 600 s/);
    assert.ok(time < 700_000);
  });

  it('has a time for all of its pieces, by its length', async () => {
    const asked: unknown[] = [];
    const totalMs = (length: number | undefined): number => {
      asked.push(length);
      return -1;
    };
    const source = async () => ({ stream: Readable.from([bytes]), bytes: bytes.length });
    const reader = await openRecording(source, { ...usual, clock: systemClock, totalMs });
    await assert.rejects(readAll(reader), failed(/did not come to its end/));
    assert.deepEqual(asked, [bytes.length]);
    assert.deepEqual([undefined, 1000, 2 ** 30].map(longestReadingMs), [3600_000, 600_000, 8_222_000]);
  });

  it('is not waited for while it opens once the work is stopped, and is closed when it opens after all', async () => {
    const stop = new AbortController();
    let open: (opened: { stream: Readable }) => void = () => undefined;
    const source = () => new Promise<{ stream: Readable }>((resolve) => (open = resolve));
    const opening = openRecording(source, { ...usual, clock: systemClock, signal: stop.signal });
    stop.abort();
    await assert.rejects(opening, { code: 'CANCELLED' });
    const stream = stuck();
    open({ stream });
    await until(() => stream.destroyed, 'the stream to be closed');
  });

  it('is not waited for without an end while it opens', async () => {
    const clock = manualClock();
    const opening = openRecording(() => never, { ...usual, clock });
    const givenUp = assert.rejects(opening, failed(/gave nothing for 3600 s/));
    await clock.advance(60 * silenceMs - 1);
    assert.equal(clock.pending(), 1);
    await clock.advance(1);
    await givenUp;
    assert.equal(clock.pending(), 0);
  });
});
