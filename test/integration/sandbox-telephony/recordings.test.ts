import assert from 'node:assert/strict';
import { startRecordHost, type CallCard, type Portal } from '../../../sandbox/bitrix24';
import { talkSeconds } from '../../../sandbox/shared/audio';
import { manualClock } from '../../support/manual-clock';
import { at, keysOf, servers, viaWebhook } from './support';

const start = servers();

async function linkOf(portal: Portal, call: CallCard): Promise<string> {
  const { result } = await viaWebhook(portal, 'disk.file.get', { id: call.record?.fileId });
  return String(at(result, 'DOWNLOAD_URL'));
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

/** How loud each channel is in one second of a stereo recording. */
function loudness(wav: Buffer, second: number): [number, number] {
  const sums: [number, number] = [0, 0];
  for (let sample = second * 8000; sample < (second + 1) * 8000; sample += 1) {
    sums[0] += Math.abs(wav.readInt16LE(44 + sample * 4));
    sums[1] += Math.abs(wav.readInt16LE(44 + sample * 4 + 2));
  }
  return sums;
}

describe('sandbox telephony: recordings on the drive', () => {
  it('are described with every field, the size as a text', async () => {
    const portal = await start.portal();
    const call = portal.telephony.addCall({ duration: 31 });
    const { result } = await viaWebhook(portal, 'disk.file.get', { id: call.record?.fileId });
    const names =
      'ID NAME CODE STORAGE_ID TYPE PARENT_ID DELETED_TYPE GLOBAL_CONTENT_VERSION FILE_ID SIZE CREATE_TIME ' +
      'UPDATE_TIME DELETE_TIME CREATED_BY UPDATED_BY DELETED_BY DOWNLOAD_URL DETAIL_URL';
    assert.deepEqual(keysOf(result), names.split(' '));
    assert.equal(at(result, 'ID'), String(call.record?.fileId));
    assert.notEqual(at(result, 'FILE_ID'), at(result, 'ID'));
    assert.equal(at(result, 'SIZE'), String(44 + 30 * 32_000));
    assert.match(String(at(result, 'NAME')), /^\d{4}-\d\d-\d\d \d\d-\d\d-\d\d 79061234568\.wav$/);
    assert.match(String(at(result, 'DOWNLOAD_URL')), /\/rest\/download\.json\?auth=.+&token=disk%7C/);
  });

  it('are stereo talk, always the same, the operator left and the client right', async () => {
    const portal = await start.portal();
    const call = portal.telephony.addCall({ duration: 21 });
    const response = await fetch(await linkOf(portal, call));
    const wav = await bytesOf(response);
    assert.equal(response.headers.get('content-length'), String(wav.length));
    assert.deepEqual(wav, portal.telephony.recordBytes(call.id));
    assert.deepEqual(
      [wav.toString('latin1', 0, 4), wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24)],
      ['RIFF', 1, 2, 8000],
    );
    const seconds = [...talkSeconds({ seed: call.id, seconds: 20, channels: 2 })];
    assert.deepEqual(new Set(seconds.map(({ side }) => side)).has('client'), true);
    seconds.forEach(({ side }, second) => {
      const [left, right] = loudness(wav, second);
      assert.deepEqual([left > 0, right > 0], [side === 'operator', side === 'client'], `second ${second}`);
    });
    assert.equal(portal.telephony.sentRecords(call.id), 1);
  });

  it('can be mono, or whatever bytes a test gives', async () => {
    const portal = await start.portal();
    const mono = portal.telephony.addCall({ record: { channels: 1 } });
    assert.equal((await bytesOf(await fetch(await linkOf(portal, mono)))).readUInt16LE(22), 1);
    const odd = portal.telephony.addCall({ record: { bytes: Buffer.from('fLaC...'), name: 'odd.flac' } });
    assert.equal(await (await fetch(await linkOf(portal, odd))).text(), 'fLaC...');
    const empty = portal.telephony.addCall({ record: { bytes: Buffer.alloc(0) } });
    assert.equal((await bytesOf(await fetch(await linkOf(portal, empty)))).length, 0);
  });

  it('are for administrators, and for the operator of the call', async () => {
    const portal = await start.portal({ webhook: { userId: 9, admin: false } });
    const [other, own] = [7, 9].map((operatorId) => portal.telephony.addCall({ operatorId }));
    const denied = await viaWebhook(portal, 'disk.file.get', { id: other?.record?.fileId });
    assert.deepEqual([denied.status, denied.error], [403, 'ACCESS_DENIED']);
    assert.equal((await viaWebhook(portal, 'disk.file.get', { id: own?.record?.fileId })).status, 200);
  });

  it('are not found before they are there, nor after they were replaced or removed', async () => {
    const clock = manualClock(1_800_000_000_000);
    const portal = await start.portal({ clock });
    const call = portal.telephony.addCall({ record: { afterMs: 60_000 } });
    const get = async (id: unknown): Promise<unknown> =>
      (await viaWebhook(portal, 'disk.file.get', { id })).error;
    assert.equal(await get(call.record?.fileId), 'ERROR_NOT_FOUND');
    await clock.advance(60_000);
    assert.equal(await get(call.record?.fileId), undefined);
    const second = portal.telephony.attachRecord(call.id, Buffer.from('better'));
    assert.deepEqual([await get(call.record?.fileId), await get(second)], ['ERROR_NOT_FOUND', undefined]);
    portal.telephony.removeRecord(call.id);
    assert.equal(await get(second), 'ERROR_NOT_FOUND');
  });

  it('are described fifty at a time in a batch', async () => {
    const portal = await start.portal();
    portal.telephony.seed({ count: 50, failedEvery: 0, externalEvery: 0 });
    const cmd = Object.fromEntries(
      [...portal.telephony.calls()].map(({ id, record }) => [`f${id}`, `disk.file.get?id=${record?.fileId}`]),
    );
    const { result } = await viaWebhook(portal, 'batch', { halt: 0, cmd });
    const link = at(result, 'result', 'f50', 'DOWNLOAD_URL');
    assert.deepEqual(at(result, 'result_error'), []);
    assert.equal((await fetch(String(link))).status, 200);
  });

  it('lie on the host of another telephone system, which gets no credentials', async () => {
    const portal = await start.portal();
    const host = start.keep(await startRecordHost(portal.telephony));
    portal.telephony.seed({ count: 30, externalEvery: 1, recordUrlEvery: 1, recordHost: host.origin });
    const call = [...portal.telephony.calls()].find(({ recordUrl }) => recordUrl);
    const wav = await bytesOf(await fetch(call?.recordUrl ?? ''));
    assert.equal(wav.length, 44 + ((call?.duration ?? 0) - 1) * 32_000);
    assert.equal(host.requests[0]?.path, `/records/${call?.callId}.wav`);
  });
});
