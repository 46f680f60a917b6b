import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { metadata, onlyTalk, talkIn, useAudioScene, wav } from './speechsense-upload-audio-scene';

describe('what the upload node for recordings refuses', function () {
  const scene = useAudioScene();
  const bytes = wav(1);

  async function refused(
    payload: unknown,
    more: object = {},
  ): Promise<{ code?: string | undefined; message: string }> {
    const outcome = await scene.refused({ payload, metadata, ...more });
    assert.deepEqual([scene.service.talks.length, scene.temporaryFiles()], [0, []]);
    return outcome;
  }

  for (const [what, payload] of [
    ['nothing', undefined],
    ['an empty text', ' '],
    ['a number', 7],
    ['a list', [1, 2]],
    ['an object that is no call', { CALL_ID: 'call-without-an-id' }],
  ] as const) {
    it(`${what} in the place of a recording`, async () => {
      await scene.deploy();
      const { code, message } = await refused(payload);
      assert.equal(code, 'INPUT_INVALID');
      assert.match(message, /msg\.payload/);
    });
  }

  it('a file that is not there, without its name in any text', async () => {
    await scene.deploy();
    const { code, message } = await refused('/records/2026-03-10 79061234568.wav');
    assert.equal(code, 'SPEECHSENSE_RECORDING');
    assert.match(message, /there is no file at this path/);
    assert.ok(!scene.shown().includes('79061234568'));
  });

  it('a folder', async () => {
    mkdirSync(join(scene.folder, 'records'), { recursive: true });
    await scene.deploy();
    assert.match((await refused('records')).message, /does not lead to a file/);
  });

  it('a call of a portal that nobody knows', async () => {
    await scene.deploy();
    const { code } = await refused({ ID: '7', CALL_ID: 'c', CALL_TYPE: '1', RECORD_FILE_ID: 9 });
    assert.equal(code, 'CONFIG_MISSING');
  });

  it('metadata that does not suffice', async () => {
    await scene.deploy();
    const { code, message } = await refused(bytes, { metadata: { operator_id: '1' } });
    assert.equal(code, 'SPEECHSENSE_FIELD_MISSING');
    assert.match(message, /client_id/);
    assert.equal((await refused(bytes, { metadata: 'no object' })).code, 'INPUT_INVALID');
  });

  it('a connection for chats', async () => {
    await scene.deploy({}, { kind: 'chat' });
    assert.equal((await refused(bytes)).code, 'CONFIG_INVALID');
  });

  for (const property of ['method', 'mono', 'fields', 'rawSampleRate'] as const) {
    it(`a setting ${property} that means nothing`, async () => {
      const value = property === 'fields' ? [{ key: 'a', from: 'b', fromType: 'c' }] : 'nonsense';
      await scene.deploy({ raw: true, [property]: value });
      assert.equal((await refused(bytes)).code, 'CONFIG_INVALID');
    });
  }

  describe('of addresses', () => {
    it('those of a private network, unless they are allowed', async () => {
      const origin = await scene.serve((_request, response) => response.end(bytes));
      await scene.deploy();
      for (const address of [`${origin}/a.wav`, 'https://10.0.0.5/a.wav', 'http://169.254.169.254/a.wav']) {
        assert.equal((await refused(address)).code, 'ADDRESS_REFUSED', address);
      }
    });

    it('those that lead into a private network on the way', async () => {
      const origin = await scene.serve((_request, response) => {
        response.writeHead(302, { Location: 'ftp://10.0.0.5/secret-place.wav' }).end();
      });
      await scene.deploy({ allowPrivateNetwork: true });
      assert.equal((await refused(`${origin}/a.wav`)).code, 'ADDRESS_REFUSED');
      assert.ok(!scene.shown().includes('secret-place'));
    });

    it('what is not there', async () => {
      const origin = await scene.serve((_request, response) => response.writeHead(404).end('no'));
      await scene.deploy({ allowPrivateNetwork: true });
      const { code, message } = await refused(`${origin}/79061234568.wav?token=marker-of-the-link`);
      assert.equal(code, 'SPEECHSENSE_RECORDING');
      assert.match(message, /status 404/);
      assert.doesNotMatch(scene.shown(), /79061234568|marker-of-the-link/);
    });

    for (const keyed of [{}, { uploadKey: 'k' }]) {
      const how = 'uploadKey' in keyed ? 'with a key' : 'without a key';

      it(`a page with status 200, ${how}, in a way that can be told`, async () => {
        const page = '<!DOCTYPE html><html><body>Sign in, please</body></html>'.padEnd(4000);
        const origin = await scene.serve((_request, response) => response.end(page));
        await scene.deploy({ allowPrivateNetwork: true });
        assert.equal((await refused(`${origin}/a.wav`, keyed)).code, 'AUDIO_NOT_RECORDING');
      });

      it(`an empty answer, ${how}, in a way that can be told`, async () => {
        const origin = await scene.serve((_request, response) => response.end());
        await scene.deploy({ allowPrivateNetwork: true });
        assert.equal((await refused(`${origin}/a.wav`, keyed)).code, 'AUDIO_EMPTY');
      });

      it(`nothing that came whole at last, ${how}`, async () => {
        let requests = 0;
        const origin = await scene.serve((_request, response) => {
          requests += 1;
          if (requests === 1) response.writeHead(503).end();
          else if (requests > 2) response.end(bytes);
          else {
            response.writeHead(200, { 'Content-Length': bytes.length });
            response.write(bytes.subarray(0, 9000), () => response.destroy());
          }
        });
        await scene.deploy({ allowPrivateNetwork: true });
        talkIn(await scene.ask({ payload: `${origin}/a.wav`, metadata, ...keyed }));
        assert.deepEqual([onlyTalk(scene.service).size, requests], [bytes.length, 3]);
        assert.deepEqual(scene.temporaryFiles(), []);
      });
    }
  });

  describe('of streams', () => {
    const broken = (): Readable =>
      Readable.from(
        (function* () {
          yield bytes.subarray(0, 9000);
          throw Object.assign(new Error('79061234568 broke off'), { code: 'ECONNRESET' });
        })(),
      );

    for (const [what, stream, code] of [
      ['one that breaks off', broken, 'SPEECHSENSE_RECORDING'],
      ['one of texts', () => Readable.from(['a text']), 'INPUT_INVALID'],
      ['one without anything', () => Readable.from([], { objectMode: false }), 'AUDIO_EMPTY'],
      ['one that is closed already', () => new Readable().destroy(), 'SPEECHSENSE_RECORDING'],
      ['one that has failed already', () => new Readable().destroy(new Error('x')), 'SPEECHSENSE_RECORDING'],
    ] as const) {
      for (const keyed of [{}, { uploadKey: 'k' }]) {
        it(`${what}, ${'uploadKey' in keyed ? 'with' : 'without'} a key`, async () => {
          await scene.deploy();
          const given = stream().on('error', () => undefined);
          assert.equal((await refused(given, keyed)).code, code);
          assert.ok(given.destroyed);
          assert.ok(!scene.shown().includes('79061234568'));
        });
      }
    }
  });
});
