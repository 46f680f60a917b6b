import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { RecordingSource } from '../../../lib/speechsense/recording-reader';
import { createGate } from '../../../sandbox/speechsense';
import { wav } from '../../support/audio/wav';
import { until } from '../../support/until';
import { callFields, rules, speechSenseBench } from './support';

const chunkBytes = 64 * 1024;
const pieceBytes = 16 * 1024;
const pieceCount = 4096;
const header = wav(Buffer.alloc(0), { dataSize: pieceBytes * pieceCount, sampleRate: 48_000 });
const length = header.length + pieceBytes * pieceCount;
/** One chunk on its way, one in hand, what a stream of pieces reads ahead, and the window of HTTP/2 with its sockets. */
const mostUnsent = 2 * 1024 * 1024;

describe('back-pressure of a speechsense upload', function () {
  const bench = speechSenseBench();

  it('reads no more of the recording than a service that does not read has room for', async () => {
    const service = await bench.service({ keepBytes: false });
    const hold = createGate();
    service.script({ hold, when: 4 });
    const client = bench.client(service, { limits: { chunkBytes } });
    let pulled = 0;
    const source: RecordingSource = () =>
      Promise.resolve({
        bytes: length,
        stream: Readable.from(
          (function* () {
            yield header;
            for (let piece = 0; piece < pieceCount; piece += 1) {
              pulled += pieceBytes;
              yield Buffer.alloc(pieceBytes, piece % 256);
            }
          })(),
          { objectMode: false },
        ),
      });
    const upload = client.uploadAudio(source, {
      key: 'k',
      fields: callFields,
      rules,
    });
    await hold.arrived;
    let before = -1;
    let stillFor = 0;
    await until(() => {
      stillFor = pulled === before ? stillFor + 1 : 0;
      before = pulled;
      return stillFor > 50;
    }, 'the upload to stand still');
    assert.ok(pulled < mostUnsent, `${pulled} bytes were read of the recording`);
    hold.open();
    const talk = await upload;
    assert.equal(talk.bytes, length);
    assert.equal(service.talks[0]?.size, length);
    assert.equal(service.calls[0]?.chunkSizes.length, Math.ceil(length / chunkBytes));
  });
});
