import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Server, ServerCredentials, type MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { at } from '../../../lib/core/fields';
import type { BadgeUploadOptions } from '../../../lib/speechsense/upload-badge';
import { mp3 } from '../../support/audio/mp3';
import { oggOpus } from '../../support/audio/ogg';
import { noise } from '../../support/audio/other';
import { lpcmTones, wav } from '../../support/audio/wav';
import { callFields, patientClock, rules, sourceOf, speechSenseBench } from './support';

const fields = {
  ...callFields,
  date: '2026-03-10T10:19:38.000Z',
  direction_outgoing: 'false',
  language: 'ru-RU',
};
const options: BadgeUploadOptions = { key: 'shift-1', fields: callFields };
const recording = wav(lpcmTones(8000, 1), { channels: 1 });

describe('a speechsense badge upload', () => {
  const bench = speechSenseBench();

  it('streams metadata, what the audio is, and its bytes in order', async () => {
    const service = await bench.service();
    const client = bench.client(service, { limits: { chunkBytes: 5000 } });
    const badge = await client.uploadBadge(sourceOf(recording), options);
    const [call] = service.callsOf('UploadBadge');
    assert.deepEqual(call?.messages.slice(0, 2), [
      { metadata: { connection_id: service.connectionId, fields } },
      {
        audio: { audio_metadata: { container_audio: { container_audio_type: 'CONTAINER_AUDIO_TYPE_WAV' } } },
      },
    ]);
    const chunks = call?.messages
      .map((message) => at(message, 'audio', 'chunk', 'data'))
      .filter(Buffer.isBuffer);
    assert.ok(Buffer.concat(chunks ?? []).equals(recording));
    assert.equal(badge.operationId, `operation-${service.talks[0]?.id}`);
    assert.equal('badgeId' in badge, false);
    assert.deepEqual([badge.bytes, badge.audio?.channels, badge.audio?.notes], [recording.length, 1, []]);
    assert.equal(service.calls.length, 1);
  });

  it('is made once: the second one gives back the first', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const first = await client.uploadBadge(sourceOf(recording), options);
    const second = await client.uploadBadge(sourceOf(recording), options);
    assert.deepEqual([second.operationId, second.reused], [first.operationId, true]);
    assert.equal(service.talks.length, 1);
  });

  it('is begun anew after a cut, and held without a search after a lost answer', async () => {
    const service = await bench.service();
    service.script({ refuse: { code: 14, message: 'later' } }, { drop: true, keeps: true });
    const client = bench.client(service, { clock: patientClock(service) });
    await assert.rejects(client.uploadBadge(sourceOf(recording), options), { code: 'SPEECHSENSE_UNCERTAIN' });
    await assert.rejects(client.uploadBadge(sourceOf(recording), options), { code: 'SPEECHSENSE_UNCERTAIN' });
    assert.equal(service.callsOf('UploadBadge').length, 2);
    assert.equal(service.callsOf('Search').length, 0);
    const again = await client.uploadBadge(sourceOf(recording), { ...options, reupload: true });
    assert.equal(again.reused, false);
    assert.equal(service.talks.length, 2);
  });

  it('takes MP3 and converted A-law, and neither OGG nor what has no header', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    await client.uploadBadge(sourceOf(mp3(40)), { ...options, key: 'a' });
    const law = wav(noise(4000), { tag: 6, channels: 1 });
    await client.uploadBadge(sourceOf(law), { ...options, key: 'b', rules: { convertToLpcm: true } });
    const ogg = client.uploadBadge(sourceOf(oggOpus(50)), { ...options, key: 'c' });
    await assert.rejects(ogg, { code: 'AUDIO_BADGE', params: { found: 'OGG Opus' } });
    const raw = { ...rules, raw: { sampleRate: 8000, channels: 1 } };
    const headless = client.uploadBadge(sourceOf(noise(4000)), { ...options, key: 'd', rules: raw });
    await assert.rejects(headless, { code: 'AUDIO_UNKNOWN' });
    assert.equal(service.talks.length, 2);
  });

  it('needs the keys of the operator and the time, and no others', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const nameless = { ...options, fields: { client_id: '1', direction_outgoing: true } };
    await assert.rejects(client.uploadBadge(sourceOf(recording), nameless), {
      code: 'SPEECHSENSE_FIELD_MISSING',
      params: { fields: 'operator_name, operator_id, date' },
    });
    assert.equal(service.calls.length, 0);
  });

  describe('answered with its badge', () => {
    const servers: Server[] = [];
    afterEach(() => {
      for (const server of servers.splice(0)) server.forceShutdown();
    });

    /** Reads to the end, and answers with an operation that holds the badge's id packed. */
    async function badgeServer(operation: object): Promise<string> {
      const proto = join(__dirname, '../../../sandbox/speechsense/reference.proto');
      const service = loadSync(proto, { keepCase: true })['yandex.cloud.speechsense.v1.TalkService'];
      const method: unknown = service && Reflect.get(service, 'UploadBadge');
      assert.ok(isMethod(method));
      const server = new Server();
      servers.push(server);
      server.addService(
        { UploadBadge: method },
        {
          UploadBadge(call: NodeJS.ReadableStream, answer: (error: null, value: object) => void) {
            call.on('data', () => undefined);
            call.on('end', () => answer(null, operation));
          },
        },
      );
      const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
          error ? reject(error) : resolve(bound),
        );
      });
      return `127.0.0.1:${port}`;
    }

    const packed = (badgeId: string): object => ({
      type_url: 'type.googleapis.com/yandex.cloud.speechsense.v1.UploadBadgeMetadata',
      value: Buffer.concat([Buffer.from([0x0a, badgeId.length]), Buffer.from(badgeId)]),
    });

    it('tells both ids, also the second time', async () => {
      const service = await bench.service();
      const endpoint = await badgeServer({ id: 'op-1', metadata: packed('badge-7') });
      const client = bench.client(service, { endpoint });
      const first = await client.uploadBadge(sourceOf(recording), options);
      assert.deepEqual([first.operationId, first.badgeId], ['op-1', 'badge-7']);
      const second = await client.uploadBadge(sourceOf(recording), options);
      assert.deepEqual([second.operationId, second.badgeId, second.reused], ['op-1', 'badge-7', true]);
    });

    it('tells the operation alone when something else is packed in it', async () => {
      const service = await bench.service();
      const strange = { type_url: 'type.googleapis.com/other.Message', value: Buffer.from([0xff, 0xff]) };
      const client = bench.client(service, {
        endpoint: await badgeServer({ id: 'op-2', metadata: strange }),
      });
      const badge = await client.uploadBadge(sourceOf(recording), options);
      assert.deepEqual([badge.operationId, badge.badgeId], ['op-2', undefined]);
    });
  });
});

function isMethod(found: unknown): found is MethodDefinition<object, object> {
  return typeof found === 'object' && found !== null && 'requestDeserialize' in found;
}
