import assert from 'node:assert/strict';
import http from 'node:http';
import type { CallCard, Portal, PortalOptions } from '../../../sandbox/bitrix24';
import { talkPieces, wavSize } from '../../../sandbox/shared/audio';
import { manualClock } from '../../support/manual-clock';
import { at, servers, viaWebhook } from './support';

const start = servers();

async function scene(options?: PortalOptions): Promise<{ portal: Portal; call: CallCard; url: string }> {
  const portal = await start.portal(options);
  const call = portal.telephony.addCall({ duration: 11 });
  const { result } = await viaWebhook(portal, 'disk.file.get', { id: call.record?.fileId });
  return { portal, call, url: String(at(result, 'DOWNLOAD_URL')) };
}

const whole = 44 + 10 * 32_000;

describe('sandbox telephony: downloads of recordings', () => {
  it('are good as often as wanted, until the link is old: then 401, or a page with 200', async () => {
    const clock = manualClock(1_800_000_000_000);
    const { portal, url } = await scene({ clock });
    portal.telephony.setDownloads({ linkSeconds: 600 });
    assert.deepEqual([(await fetch(url)).status, (await fetch(url)).status], [200, 200]);
    await clock.advance(600_000);
    const aged = await fetch(url);
    assert.deepEqual([aged.status, at(await aged.json(), 'error')], [401, 'expired_token']);
    portal.telephony.setDownloads({ agedLinks: 'page' });
    const page = await fetch(url);
    assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
    assert.match(await page.text(), /^<!DOCTYPE html>/);
  });

  it('cannot be had with a link that was changed', async () => {
    const { call, url } = await scene();
    const other = url.replace(String(call.record?.fileId), String((call.record?.fileId ?? 0) + 1));
    assert.notEqual(other, url);
    assert.equal((await fetch(other, { headers: { 'User-Agent': 'a/1', Referer: url } })).status, 403);
  });

  it('can come without a length, short, cut off, or not to the end', async () => {
    const { portal, url } = await scene();
    portal.telephony.setDownloads({ tellsLength: false });
    const untold = await fetch(url);
    assert.equal(untold.headers.get('content-length'), null);
    assert.equal((await untold.arrayBuffer()).byteLength, whole);
    portal.failNext({ method: 'download', with: 'short' });
    assert.equal((await (await fetch(url)).arrayBuffer()).byteLength, whole / 2);
    portal.telephony.setDownloads({ tellsLength: true });
    portal.failNext({ method: 'download', with: 'cut' });
    const cut = await fetch(url);
    assert.equal(cut.headers.get('content-length'), String(whole));
    await assert.rejects(cut.arrayBuffer());
    portal.failNext({ method: 'download', with: 'stall' });
    assert.equal(await bytesBeforeSilence(url, whole / 2), whole / 2);
  });

  it('can be empty, a page, an error, or lead elsewhere', async () => {
    const { portal, url } = await scene();
    const next = async (fault: Parameters<Portal['failNext']>[0]['with']): Promise<Response> => {
      portal.failNext({ method: 'download', with: fault });
      return fetch(url, { redirect: 'manual' });
    };
    assert.equal(await (await next('empty')).text(), '');
    assert.match(await (await next('html')).text(), /^<!DOCTYPE html>/);
    assert.equal((await next({ status: 503, error: 'OVERLOAD' })).status, 503);
    const moved = await next({ redirectTo: 'http://elsewhere.example/file.wav' });
    assert.deepEqual(
      [moved.status, moved.headers.get('location')],
      [302, 'http://elsewhere.example/file.wav'],
    );
    assert.equal((await fetch(url)).status, 200);
  });

  it('can fail for one call only', async () => {
    const { portal, call, url } = await scene();
    portal.telephony.addCall();
    portal.telephony.breakRecord(call.callId, { status: 500, error: 'INTERNAL_SERVER_ERROR' }, 2);
    const status = async (): Promise<number> => (await fetch(url)).status;
    assert.deepEqual([await status(), await status(), await status()], [500, 500, 200]);
    assert.deepEqual(
      portal.calls.filter(({ method }) => method === 'download').map(({ status }) => status),
      [500, 500, 200],
    );
  });

  it('can be slow', async () => {
    const { portal, url } = await scene();
    portal.telephony.setDownloads({ bytesPerSecond: 1 });
    assert.equal(await bytesBeforeSilence(url, 1), 44, 'the header, and a long wait for what follows');
  });

  it('show no link in the call log', async () => {
    const { portal, call, url } = await scene();
    await fetch(url);
    const token = new URL(url).searchParams.get('token') ?? '';
    await viaWebhook(portal, 'profile', { seen: [url, token, encodeURIComponent(token)] });
    assert.match(token, /^disk\|\d/);
    assert.equal(JSON.stringify(portal.calls).includes(token.slice('disk|'.length)), false);
    assert.equal(at(portal.calls[1], 'params', 'fileId'), call.record?.fileId);
  });

  it('leave only the last ones in a log that is kept short', async () => {
    const { portal, url } = await scene({ keptCalls: 2 });
    for (const status of [200, 200, 200]) assert.equal((await fetch(url)).status, status);
    assert.deepEqual(
      portal.calls.map(({ method }) => method),
      ['download', 'download'],
    );
  });

  it('of an hour are made piece by piece', () => {
    const shape = { seed: 1, seconds: 3600, channels: 2 } as const;
    let bytes = 0;
    const pieces = new Set<Buffer>();
    for (const piece of talkPieces(shape)) {
      bytes += piece.length;
      pieces.add(piece);
    }
    assert.equal(bytes, wavSize(shape));
    assert.ok(pieces.size < 20, 'the same few seconds are used over and over');
  });
});

/** Reads until so many bytes have come, and gives how many there were; the answer never ends. */
function bytesBeforeSilence(url: string, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http
      .get(url, (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes < wanted) return;
          resolve(bytes);
          response.destroy();
        });
        response.once('end', () => reject(new Error('the answer ended')));
      })
      .once('error', reject);
  });
}
