import assert from 'node:assert/strict';
import { createServer, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { SpeechSenseClient, TalkUploads } from '../../../lib/speechsense/client';
import type { RecordingSource } from '../../../lib/speechsense/recording-reader';
import type { AudioUploadOptions } from '../../../lib/speechsense/upload';
import type { SpeechSense } from '../../../sandbox/speechsense';
import { mp3 } from '../../support/audio/mp3';
import { until } from '../../support/until';
import { callFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

const chunkBytes = 20_000;
const whole = wavOf(200_000);
const options: AudioUploadOptions = { key: 'call-1', fields: callFields, rules, method: 'stream' };

interface Scene {
  readonly service: SpeechSense;
  readonly client: SpeechSenseClient & TalkUploads;
  readonly stop: AbortController;
}

/** Of the part that the service has when it comes to this. */
type Ending = (scene: Scene) => AsyncGenerator<Buffer>;

const never = (): Promise<void> => new Promise(() => undefined);

function waiting(): Readable {
  return Readable.from(
    (async function* () {
      yield whole.subarray(0, 4);
      await never();
    })(),
  );
}

const endings: Readonly<Record<string, { code: string; ending: Ending }>> = {
  'the source fails for good': {
    code: 'SPEECHSENSE_RECORDING',
    async *ending() {
      yield* [];
      throw new Error('gone');
    },
  },
  'the recording turns out to be cut': {
    code: 'AUDIO_CUT',
    async *ending() {
      yield whole.subarray(50_000, 199_000);
    },
  },
  'the recording gives nothing more': {
    code: 'SPEECHSENSE_RECORDING',
    async *ending() {
      yield* [];
      await never();
    },
  },
  'the upload is stopped': {
    code: 'CANCELLED',
    async *ending({ stop }) {
      stop.abort();
      yield whole.subarray(50_000);
    },
  },
  'the client is closed': {
    code: 'CANCELLED',
    async *ending({ client }) {
      client.close();
      yield whole.subarray(50_000);
    },
  },
};

describe('a speechsense upload that is given up while the service has a part of it', () => {
  const bench = speechSenseBench();

  function halfway(scene: () => Scene, ending: Ending): RecordingSource {
    async function* pieces(): AsyncGenerator<Buffer> {
      const { service } = scene();
      const before = service.calls.length;
      yield whole.subarray(0, 50_000);
      const hasPart = (): boolean =>
        service.calls.slice(before).some(({ chunkSizes }) => chunkSizes.length > 0);
      await until(hasPart, 'the first chunk at the service');
      yield* ending(scene());
    }
    return () => Promise.resolve({ stream: Readable.from(pieces()) });
  }

  for (const [why, { code, ending }] of Object.entries(endings)) {
    it(`makes no talk when ${why}`, async () => {
      const service = await bench.service();
      const silenceMs = why.includes('nothing more') ? 50 : 60_000;
      const client = bench.client(service, { limits: { chunkBytes, silenceMs } });
      const stop = new AbortController();
      const source = halfway(() => ({ service, client, stop }), ending);
      await assert.rejects(client.uploadAudio(source, { ...options, signal: stop.signal }), { code });
      await until(() => service.calls.every(({ isOver }) => isOver), 'all calls to be over');
      assert.ok(service.calls.length > 0);
      assert.equal(service.talks.length, 0);
      assert.equal(await bench.records(service.connectionId).find('call-1'), undefined);
    });
  }

  for (const [what, source] of Object.entries({
    'does not open': () => never().then(() => assert.fail()),
    'does not end when it is destroyed': () => Promise.resolve({ stream: waiting() }),
  })) {
    it(`frees its key and its lane when it is stopped, although its source ${what}`, async () => {
      const service = await bench.service();
      const client = bench.client(service, { uploadsAtOnce: 1 });
      const stop = new AbortController();
      let asked = false;
      const stuck: RecordingSource = () => {
        asked = true;
        return source();
      };
      const upload = client.uploadAudio(stuck, { ...options, signal: stop.signal });
      const stopped = assert.rejects(upload, { code: 'CANCELLED' });
      await until(() => asked, 'the source to be asked');
      stop.abort();
      await stopped;
      assert.equal((await client.uploadAudio(sourceOf(whole), options)).reused, false);
      assert.equal(service.talks.length, 1);
    });
  }

  it('makes one talk when its time ran out once', async () => {
    const service = await bench.service();
    let streams = 0;
    const streamMs = (): number => ((streams += 1) === 1 ? 200 : 60_000);
    const client = bench.client(service, { limits: { chunkBytes, streamMs } });
    const stop = new AbortController();
    const first = halfway(
      () => ({ service, client, stop }),
      async function* () {
        await never();
        yield whole;
      },
    );
    const source: RecordingSource = (signal) => (streams === 0 ? first : sourceOf(whole))(signal);
    const talk = await client.uploadAudio(source, options);
    assert.equal(talk.tries, 2);
    assert.deepEqual(
      service.talks.map(({ size }) => size),
      [whole.length],
    );
  });

  it('is told from a late service when its time always runs out', async () => {
    const service = await bench.service();
    const client = bench.client(service, { limits: { chunkBytes, streamMs: () => 50 } });
    const stop = new AbortController();
    const source = halfway(
      () => ({ service, client, stop }),
      async function* () {
        await never();
        yield whole;
      },
    );
    await assert.rejects(client.uploadAudio(source, options), { code: 'SPEECHSENSE_TIMEOUT', sent: false });
    assert.equal(service.talks.length, 0);
  });

  it('says something unreadable before HTTP/2 says that the stream has ended', async () => {
    const service = await bench.service();
    const wire = await tapped(service.endpoint);
    const client = bench.client(service, { endpoint: wire.endpoint, limits: { chunkBytes } });
    const bytes = mp3(900).subarray(0, -5);
    await assert.rejects(client.uploadAudio(sourceOf(bytes, 50_000), options), { code: 'AUDIO_CUT' });
    await until(() => wire.sentTo(1).subarray(-7).toString('hex') === '00000000020a7f', 'the last message');
    wire.close();
  });
});

/** What goes to the service, as it goes. */
async function tapped(
  endpoint: string,
): Promise<{ endpoint: string; sentTo: (stream: number) => Buffer; close: () => void }> {
  const seen: Buffer[] = [];
  const sockets: Socket[] = [];
  const [host = '', port = ''] = endpoint.split(':');
  const tap = createServer((near) => {
    const far = connect(Number(port), host);
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('data', (bytes: Buffer) => {
      seen.push(bytes);
      far.write(bytes);
    });
    far.pipe(near);
  });
  await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve));
  const address = tap.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    endpoint: `127.0.0.1:${address.port}`,
    sentTo: (stream) => bytesTo(stream, Buffer.concat(seen).subarray(prefaceBytes)),
    close() {
      tap.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const prefaceBytes = 24;
const frameHeadBytes = 9;
const bytesKind = 0;

/** What the frames of one stream carry. */
function bytesTo(stream: number, frames: Buffer): Buffer {
  const bodies: Buffer[] = [];
  for (let at = 0; at + frameHeadBytes <= frames.length;) {
    const end = at + frameHeadBytes + frames.readUIntBE(at, 3);
    const isOfIt = frames.readUInt8(at + 3) === bytesKind && frames.readUInt32BE(at + 5) === stream;
    if (isOfIt && end <= frames.length) bodies.push(frames.subarray(at + frameHeadBytes, end));
    at = end;
  }
  return Buffer.concat(bodies);
}
