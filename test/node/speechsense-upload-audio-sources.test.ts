import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { LARGEST_RECORDING_BYTES } from '../../lib/bitrix24/calls/recording';
import type { OpenedRecording } from '../../lib/speechsense/recording-reader';
import { createProgressBoard } from '../../nodes/speechsense-upload-audio/progress';
import { putAside, recordingOfStream } from '../../nodes/speechsense-upload-audio/put-aside';
import { recordingOfBytes, type Recording } from '../../nodes/speechsense-upload-audio/recordings';
import { createTemporaryRoom } from '../../nodes/speechsense-upload-audio/temporary-room';
import { manualClock } from '../support/manual-clock';
import { until } from '../support/until';

const { signal } = new AbortController();
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

describe('a recording that is put aside', () => {
  let folder = '';
  const usualTemporary = process.env['TMPDIR'];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bitlane-aside-'));
    process.env['TMPDIR'] = folder;
  });
  after(() => {
    if (usualTemporary === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
    else process.env['TMPDIR'] = usualTemporary;
    rmSync(folder, { recursive: true, force: true });
  });
  const kept = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  const read = async ({ stream }: OpenedRecording): Promise<string> => String(await buffer(stream));

  it('is fetched once and read as often as it is wanted, by its owner alone, and then taken away', async () => {
    let fetched = 0;
    const recording = putAside(
      async () => ({ stream: Readable.from([Buffer.from(`no ${(fetched += 1)}`)]) }),
      {
        signal,
      },
    );
    assert.equal(fetched, 0);
    const [one, other] = await Promise.all([recording.open(), recording.open()]);
    assert.deepEqual([await read(one), await read(other), one.bytes, fetched], ['no 1', 'no 1', 4, 1]);
    assert.equal(await read(await recording.open()), 'no 1');
    const [path = '', ...others] = kept();
    assert.deepEqual([others, statSync(path).mode & 0o777], [[], 0o600]);
    await recording.release();
    assert.ok(!existsSync(path));
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is fetched again when it came broken', async () => {
    let fetched = 0;
    const pieces = (): Buffer[] =>
      [Buffer.from('half')].concat((fetched += 1) > 1 ? Buffer.from(' and half') : []);
    const recording = putAside(async () => ({ stream: Readable.from(pieces()), bytes: 13 }), { signal });
    await assert.rejects(async () => recording.open(), { code: 'SPEECHSENSE_RECORDING' });
    assert.deepEqual(kept(), []);
    assert.equal(await read(await recording.open()), 'half and half');
    await recording.release();
  });

  it('is no larger than a recording can be', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1024);
      })(),
    );
    const recording = recordingOfStream(endless, { signal, mostBytes: 10_000 });
    await assert.rejects(async () => recording.open(), { code: 'SPEECHSENSE_RECORDING' });
    assert.deepEqual([endless.destroyed, kept()], [true, []]);
    await recording.release();
  });

  it('is not waited for without an end', async () => {
    const clock = manualClock();
    const silent = new Readable({ read: () => undefined });
    silent.push('a beginning');
    const recording = recordingOfStream(silent, { signal, clock, silenceMs: 60_000 });
    const opening = assert.rejects(async () => recording.open(), /gave nothing for 60 s/);
    await until(() => clock.pending() > 0 && silent.readableLength === 0, 'the first piece to be read');
    await clock.advance(60_001);
    await opening;
    assert.deepEqual([silent.destroyed, kept()], [true, []]);
  });

  it('is not waited for when its stream does not end although it is destroyed', async () => {
    const clock = manualClock();
    const quiet = recordingOfStream(stuck(), { signal, clock, silenceMs: 60_000 });
    const opening = assert.rejects(async () => quiet.open(), { code: 'SPEECHSENSE_RECORDING' });
    await until(() => kept().length > 0, 'the file');
    await clock.advance(60_001);
    await opening;
    await quiet.release();

    const stop = new AbortController();
    const stopped = recordingOfStream(stuck(), { signal: stop.signal });
    const other = assert.rejects(async () => stopped.open(), { code: 'CANCELLED' });
    await until(() => kept().length > 0, 'the file');
    stop.abort();
    await other;
    await stopped.release();
    assert.deepEqual(kept(), []);
  });

  it('is not waited for when its source does not open', async () => {
    const clock = manualClock();
    const quiet = putAside(() => never, { signal, clock, silenceMs: 60_000 });
    const opening = assert.rejects(async () => quiet.open(), /gave nothing for 60 s/);
    await clock.advance(60_000);
    await opening;
    const stop = new AbortController();
    const stopped = putAside(() => never, { signal: stop.signal });
    const other = assert.rejects(async () => stopped.open(), { code: 'CANCELLED' });
    stop.abort();
    await other;
  });

  it('is not put aside when the others take all the room, and is when they are gone', async () => {
    const room = createTemporaryRoom(10_000);
    const of = (length: number): Recording =>
      putAside(recordingOfBytes(Buffer.alloc(length)).open, { signal, room });
    const [first, second, third] = [of(6000), of(5000), of(4000)];
    await first.open();
    await assert.rejects(async () => second.open(), {
      code: 'SPEECHSENSE_RECORDING',
      message: /take .* of temporary files/,
    });
    await third.open();
    await assert.rejects(async () => second.open(), { code: 'SPEECHSENSE_RECORDING' });
    await first.release();
    assert.equal((await read(await second.open())).length, 5000);
    for (const recording of [second, third]) await recording.release();
    const whole = of(10_000);
    await whole.open();
    await whole.release();
    assert.deepEqual(kept(), []);
  });

  it('may be as large as the service takes one', () => {
    const bytesPerSecond = 48_000 * 2 * 2;
    assert.ok(LARGEST_RECORDING_BYTES > 4 * 3600 * bytesPerSecond);
  });

  it('is given up when the work is stopped', async () => {
    const stop = new AbortController();
    const silent = new Readable({ read: () => undefined });
    const recording = recordingOfStream(silent, { signal: stop.signal });
    const opening = assert.rejects(async () => recording.open(), { code: 'CANCELLED' });
    await until(() => silent.listenerCount('readable') > 0, 'a reader');
    stop.abort();
    await opening;
    await recording.release();
    assert.deepEqual([silent.destroyed, kept()], [true, []]);
  });
});

describe('the progress of uploads', () => {
  const shown: string[] = [];
  const newBoard = (): ReturnType<typeof createProgressBoard> => {
    shown.length = 0;
    return createProgressBoard(
      (text) => shown.push(text),
      (count) => `${Math.floor(count)} MB`,
    );
  };

  it('is how much of the recording was read, and every byte of it arrives', async () => {
    const board = newBoard();
    const bytes = Buffer.alloc(256 * 1024, 7);
    const { stream } = await board.follow(recordingOfBytes(bytes).open)();
    assert.deepEqual(await buffer(stream), bytes);
    assert.deepEqual(shown, ['25 %', '50 %', '75 %', '100 %']);
  });

  it('is told in megabytes when nobody knows how long it is', async () => {
    const board = newBoard();
    const pieces = [Buffer.alloc(1024 * 1024), Buffer.alloc(1024 * 1024)];
    const { stream } = await board.follow(async () => ({ stream: Readable.from(pieces) }))();
    await buffer(stream);
    assert.equal(shown.at(-1), '2 MB');
  });

  it('is that of all of them together, without those that have ended', async () => {
    const board = newBoard();
    const [one, other] = [recordingOfBytes(Buffer.alloc(100)), recordingOfBytes(Buffer.alloc(300))];
    await buffer((await board.follow(one.open)()).stream);
    const { stream } = await board.follow(other.open)();
    const later = await board.follow(other.open)();
    stream.destroy();
    await buffer(later.stream);
    assert.deepEqual(shown, ['100 %', '100 % (2)']);
    board.end(one.open);
    await buffer((await board.follow(other.open)()).stream);
    assert.equal(shown.at(-1), '100 %');
  });

  it('ends with the failure of what is read', async () => {
    const board = newBoard();
    const broken = Readable.from(
      (function* () {
        yield Buffer.alloc(10);
        throw new Error('broke off');
      })(),
    );
    const { stream } = await board.follow(async () => ({ stream: broken }))();
    await assert.rejects(buffer(stream), /broke off/);
  });
});
