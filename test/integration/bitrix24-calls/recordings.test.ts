import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { readCall } from '../../../lib/bitrix24/calls/call';
import {
  createProviderHttp,
  openCallRecording,
  type OpenedRecording,
  type RecordedCall,
} from '../../../lib/bitrix24/calls/recording';
import { failureOf as meaningOf } from '../../../nodes/voximplant-calls/call-job';
import { BitlaneError, CancelledError } from '../../../lib/core/errors';
import type { CallInit } from '../../../sandbox/bitrix24';
import { fileServers, type Answer } from '../bitrix24-files/file-server';
import { failureOf } from '../bitrix24-rest/support';
import { callScenes, noStop, type CallScene } from './support';

const sound = Buffer.concat([Buffer.from('ID3'), Buffer.alloc(5000, 7)]);

/** What the sync makes of it: the call is looked at again later. */
function isRecordingLate(error: BitlaneError): boolean {
  return ['late', 'lost'].includes(meaningOf(error.code) ?? '');
}

describe('the recording of a call', function () {
  const scenes = callScenes();
  const server = fileServers();
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** A call as it stands in the history. */
  async function called(scene: CallScene, init: CallInit = {}): Promise<RecordedCall> {
    const { id } = scene.portal.telephony.addCall(init);
    const call = readCall((await scene.history().byIds([id], noStop))[0] ?? {});
    assert.ok(call);
    return call;
  }

  const asked = ({ portal }: CallScene): number =>
    portal.calls.filter(({ method }) => method === 'disk.file.get').length;

  async function failure(scene: CallScene, call: RecordedCall): Promise<BitlaneError> {
    const error = await failureOf(openCallRecording(call, scene.access));
    assert.ok(error instanceof BitlaneError);
    const text = inspect(error, { depth: 9 });
    assert.ok(!text.includes(scene.portal.state.webhook.secret), text);
    assert.ok(!/https?:\/\/|token=/.test(text.replace(/\n {4}at .*/g, '')), text);
    return error;
  }

  const read = async ({ stream }: OpenedRecording): Promise<Buffer> => buffer(stream);

  it('comes from the drive, with its length and name', async () => {
    const scene = await scenes.open();
    const call = await called(scene, { record: { bytes: sound, name: '2026-03-10 11-19-38 7906.mp3' } });
    const opened = await openCallRecording(call, scene.access);
    assert.equal(opened.bytes, sound.length);
    assert.equal(opened.name, '2026-03-10 11-19-38 7906.mp3');
    assert.equal(opened.type, 'application/octet-stream');
    assert.deepEqual(await read(opened), sound);
    assert.equal(asked(scene), 1);
  });

  it('a talk that the stand-in makes up is the one that arrives', async () => {
    const scene = await scenes.open();
    const call = await called(scene, { duration: 12 });
    const opened = await openCallRecording(call, scene.access);
    assert.deepEqual(await read(opened), scene.portal.telephony.recordBytes(1));
    assert.equal(scene.portal.telephony.sentRecords(1), 1);
  });

  const spoilt: [string, (scene: CallScene) => void][] = [
    [
      '401',
      ({ portal }) => portal.failNext({ method: 'download', with: { status: 401, error: 'expired_token' } }),
    ],
    [
      '403',
      ({ portal }) => portal.failNext({ method: 'download', with: { status: 403, error: 'ACCESS_DENIED' } }),
    ],
    ['a page', ({ portal }) => portal.failNext({ method: 'download', with: 'html' })],
    [
      'JSON with 200',
      ({ portal }) => portal.failNext({ method: 'download', with: { status: 200, error: 'oops' } }),
    ],
  ];
  for (const [name, spoil] of spoilt) {
    it(`${name} in place of it: a new link is asked for, once`, async () => {
      const scene = await scenes.open();
      const call = await called(scene, { record: { bytes: sound } });
      spoil(scene);
      assert.deepEqual(await read(await openCallRecording(call, scene.access)), sound);
      assert.equal(asked(scene), 2);
    });
  }

  const final: [
    string,
    Parameters<CallScene['portal']['failNext']>[0]['with'],
    code: string,
    isLate: boolean,
  ][] = [
    ['401 twice', { status: 401, error: 'expired_token' }, 'BITRIX_RECORDING_DENIED', false],
    ['denied with 200 twice', { status: 200, error: 'ACCESS_DENIED' }, 'BITRIX_RECORDING_DENIED', false],
    ['a page twice', 'html', 'BITRIX_UNREACHABLE', false],
    ['an error nobody knows twice', { status: 200, error: 'ODD' }, 'BITRIX_UNREACHABLE', false],
    ['404 twice', { status: 404, error: 'NOT_FOUND' }, 'BITRIX_RECORDING_GONE', true],
    ['502 twice', { status: 502, error: 'bad' }, 'BITRIX_UNREACHABLE', false],
    ['503 twice', { status: 503, error: 'OVERLOAD' }, 'BITRIX_UNREACHABLE', false],
    ['429 twice', { status: 429, error: 'LIMIT' }, 'BITRIX_UNREACHABLE', false],
  ];
  for (const [name, fault, code, isLate] of final) {
    it(`${name}: ${code}`, async () => {
      const scene = await scenes.open();
      const call = await called(scene, { record: { bytes: sound } });
      scene.portal.failNext({ method: 'download', with: fault, times: 2 });
      const error = await failure(scene, call);
      assert.equal(error.code, code);
      assert.equal(isRecordingLate(error), isLate);
      assert.equal(asked(scene), 2);
    });
  }

  it('an empty file is not there yet, and is not asked for twice', async () => {
    const scene = await scenes.open();
    const call = await called(scene, { record: { bytes: sound } });
    scene.portal.failNext({ method: 'download', with: 'empty' });
    const error = await failure(scene, call);
    assert.equal(error.code, 'BITRIX_RECORDING_NOT_READY');
    assert.ok(isRecordingLate(error));
    assert.equal(asked(scene), 1);
  });

  it('the webhook of somebody who is no administrator: that is what the error says', async () => {
    const scene = await scenes.open({ webhook: { userId: 9, admin: false } });
    const error = await failure(scene, await called(scene, { operatorId: 7 }));
    assert.equal(error.code, 'BITRIX_RECORDING_DENIED');
    assert.ok(!isRecordingLate(error));
    const own = await openCallRecording(await called(scene, { operatorId: 9 }), scene.access);
    own.stream.destroy();
  });

  it('without the scope disk the error is the one about rights of the key', async () => {
    const scene = await scenes.open({ webhook: { scopes: ['telephony'] } });
    assert.equal((await failure(scene, await called(scene))).code, 'BITRIX_AUTH');
  });

  it('deleted, replaced, in the trash: gone, and worth another look at the row', async () => {
    const scene = await scenes.open();
    const call = await called(scene);
    scene.portal.telephony.attachRecord(1, sound);
    const error = await failure(scene, call);
    assert.equal(error.code, 'BITRIX_RECORDING_GONE');
    assert.ok(isRecordingLate(error));
    scene.portal.addMethods({
      'disk.file.get': { run: () => ({ result: { ID: 1, DELETED_TYPE: '3', DOWNLOAD_URL: 'x' } }) },
    });
    assert.equal((await failure(scene, call)).code, 'BITRIX_RECORDING_GONE');
  });

  it('a call without any is not ready', async () => {
    const scene = await scenes.open();
    const error = await failure(scene, await called(scene, { record: 'none' }));
    assert.equal(error.code, 'BITRIX_RECORDING_NOT_READY');
    assert.ok(isRecordingLate(error));
  });

  it('one that breaks off fails in the reading', async () => {
    const scene = await scenes.open();
    const call = await called(scene);
    scene.portal.telephony.breakRecord(1, 'cut');
    const opened = await openCallRecording(call, scene.access);
    await assert.rejects(read(opened), (error: unknown) => error instanceof BitlaneError);
  });

  it('one that stops half way as if that were all is shorter than was said', async () => {
    const scene = await scenes.open();
    const call = await called(scene);
    scene.portal.telephony.breakRecord(1, 'short');
    const opened = await openCallRecording(call, scene.access);
    assert.ok((await read(opened)).length < (opened.bytes ?? 0));
  });

  it('more than is allowed fails in the reading', async () => {
    const scene = await scenes.open();
    const call = await called(scene, { record: { bytes: sound } });
    await assert.rejects(
      async () => read(await openCallRecording(call, { ...scene.access, maxBytes: 1000 })),
      (error: unknown) => error instanceof BitlaneError && error.params['reason'] === 'TOO_LARGE',
    );
  });

  it('a stop is a stop', async () => {
    const scene = await scenes.open();
    const call = await called(scene);
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(openCallRecording(call, { ...scene.access, signal: stop.signal }), CancelledError);
  });

  describe('at the address that came with the call', () => {
    const answerWith =
      (status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer =>
      (response) => {
        response.writeHead(status, headers);
        response.end(body);
      };

    function allowed(scene: CallScene): CallScene {
      const providerHttp = createProviderHttp({ allowPrivateNetwork: true });
      closing.push(() => providerHttp.close());
      return { ...scene, access: { ...scene.access, providerHttp } };
    }

    it('without a recording on the drive, and without anything of the portal', async () => {
      const scene = allowed(await scenes.open());
      const seen: string[] = [];
      const pbx = await server((response, request) => {
        seen.push(JSON.stringify(request.headers));
        answerWith(200, sound, { 'Content-Type': 'audio/mpeg; x=1', 'Content-Length': String(sound.length) })(
          response,
          request,
        );
      });
      const opened = await openCallRecording({ recordUrl: `${pbx.origin}/1.mp3` }, scene.access);
      assert.deepEqual(await read(opened), sound);
      assert.equal(opened.bytes, sound.length);
      assert.equal(opened.type, 'audio/mpeg');
      assert.equal(asked(scene), 0);
      assert.ok(
        !seen.join().includes(scene.portal.origin) && !seen.join().includes('authorization'),
        seen.join(),
      );
    });

    it('when the drive refuses; its own failure is told in the drive’s words', async () => {
      const scene = allowed(await scenes.open({ webhook: { userId: 9, admin: false } }));
      let status = 200;
      const pbx = await server((response, request) => answerWith(status, sound)(response, request));
      const call = await called(scene, { operatorId: 7, recordUrl: `${pbx.origin}/1.mp3`, record: {} });
      assert.deepEqual(await read(await openCallRecording(call, scene.access)), sound);
      status = 404;
      assert.equal((await failure(scene, call)).code, 'BITRIX_RECORDING_DENIED');
    });

    it('when the portal’s file server is out of order', async () => {
      const scene = allowed(await scenes.open());
      const pbx = await server(answerWith(200, sound));
      const call = await called(scene, { recordUrl: `${pbx.origin}/1.mp3`, record: {} });
      scene.portal.failNext({ method: 'download', with: { status: 503, error: 'OVERLOAD' }, times: 2 });
      assert.deepEqual(await read(await openCallRecording(call, scene.access)), sound);
    });

    it('not in the local network, unless that is allowed', async () => {
      const scene = await scenes.open();
      const pbx = await server(answerWith(200, sound));
      const error = await failure(scene, { recordUrl: `${pbx.origin}/1.mp3` });
      assert.equal(error.code, 'ADDRESS_REFUSED');
      assert.deepEqual(pbx.asked, []);
    });

    for (const recordUrl of [
      'ftp://pbx.example/1.mp3',
      'file:///etc/passwd',
      'not an address',
      'http://0.0.0.0/1.mp3',
    ]) {
      it(`not at ${recordUrl}`, async () => {
        const scene = allowed(await scenes.open());
        assert.equal((await failure(scene, { recordUrl })).code, 'ADDRESS_REFUSED');
      });
    }

    it('also by http, which many telephony servers have alone', async () => {
      const scene = allowed(await scenes.open());
      const error = await failure(scene, { recordUrl: 'http://pbx.invalid/1.mp3' });
      assert.equal(error.code, 'ADDRESS_UNREACHABLE');
    });

    const answers: [string, Answer, code: string][] = [
      ['404', answerWith(404, ''), 'BITRIX_RECORDING_GONE'],
      ['403', answerWith(403, ''), 'BITRIX_RECORDING_DENIED'],
      ['an empty file', answerWith(200, ''), 'BITRIX_RECORDING_NOT_READY'],
      ['a page', answerWith(200, '\n <!DOCTYPE html><p>log in'), 'BITRIX_UNREACHABLE'],
      ['503', answerWith(503, 'later'), 'BITRIX_UNREACHABLE'],
      ['an error in JSON', answerWith(200, '{"error":"ACCESS_DENIED"}'), 'BITRIX_RECORDING_DENIED'],
    ];
    for (const [name, answer, code] of answers) {
      it(`${name}: ${code}`, async () => {
        const scene = allowed(await scenes.open());
        const pbx = await server(answer);
        assert.equal((await failure(scene, { recordUrl: `${pbx.origin}/1.mp3` })).code, code);
      });
    }
  });
});
