import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { text } from 'node:stream/consumers';
import { BitlaneError, InvalidError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import { createFileHttp } from '../../../lib/bitrix24/files/file-http';
import { openFile } from '../../../lib/bitrix24/files/open-file';
import type { FileInit } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { failureOf, restBench } from '../bitrix24-rest/support';
import { fileServers } from './file-server';
import { fileScenes, type FileScene } from './scene';

const bench = restBench();
const link = 'imbot.v2.File.download';

describe('an incoming file', function () {
  const scene = fileScenes(bench);
  const serve = fileServers();

  /** Sends one file and gives what the event knows of it. */
  async function one({ sent }: FileScene, init: FileInit): Promise<{ id: number }> {
    const [file] = await sent(init);
    if (!file) throw new Error('nothing was sent');
    return file;
  }

  it('is opened by a link that is good once', async () => {
    const ours = await scene();
    const file = await one(ours, { name: 'счёт.txt', bytes: Buffer.from('7 EUR') });
    for (let times = 0; times < 2; times += 1) {
      const { body, ...facts } = await openFile(file, ours.access);
      assert.deepEqual(facts, { name: 'счёт.txt', type: 'text/plain', size: 5 });
      assert.equal(await text(body), '7 EUR');
    }
    assert.deepEqual(ours.methods(), [link, 'download', link, 'download']);
  });

  for (const [what, fault] of [
    ['403', { status: 403, error: 'ACCESS_DENIED' }],
    ['404', { status: 404, error: 'NOT_FOUND' }],
    ['an error with status 200', { status: 200, error: 'expired_token' }],
    ['a page', 'html'],
  ] as const) {
    it(`is asked for once more when its link gives ${what}`, async () => {
      const ours = await scene();
      const file = await one(ours, { name: 'a.txt' });
      ours.portal.failNext({ method: 'download', with: fault });
      assert.equal(await text((await openFile(file, ours.access)).body), 'content of a.txt');
      assert.deepEqual(ours.methods(), [link, 'download', link, 'download']);
    });
  }

  it('is not asked for without end, and the drive is the last to be asked', async () => {
    const ours = await scene();
    const file = await one(ours, { name: 'a.txt' });
    const fault = { status: 403, error: 'ACCESS_DENIED', error_description: 'https://secret.example/link' };
    ours.portal.failNext({ method: 'download', times: 9, with: fault });
    const error = await failureOf(openFile(file, ours.access));
    assert.ok(error instanceof RefusedError && error.serviceCode === 'ACCESS_DENIED');
    assert.doesNotMatch(inspect(error, { depth: 9 }), /secret\.example|token=|download\//);
    assert.deepEqual(ours.methods(), [link, 'download', link, 'download', 'disk.file.get']);
  });

  it('is taken from the drive where the portal gives bots no links', async () => {
    const ours = await scene();
    const file = await one(ours, { name: 'a.txt', readableByAll: true, tells: [] });
    ours.portal.failNext({ method: link, with: { status: 404, error: 'ERROR_METHOD_NOT_FOUND' } });
    const { name, type, size, body } = await openFile(file, ours.access);
    assert.deepEqual([name, type, size], ['a.txt', 'text/plain', undefined]);
    assert.equal(await text(body), 'content of a.txt');
  });

  it('has a name in any case', async () => {
    const ours = await scene();
    const file = await one(ours, { name: 'a.txt', tells: [] });
    assert.equal((await openFile(file, ours.access)).name, `file-${file.id}`);
    assert.equal((await openFile({ ...file, name: 'known.txt' }, ours.access)).name, 'known.txt');
  });

  it('may be JSON', async () => {
    const ours = await scene();
    const bytes = Buffer.from('{"error":"this is what the file says"}');
    const file = await one(ours, { name: 'a.json', contentType: 'application/json', bytes });
    assert.equal(await text((await openFile(file, ours.access)).body), bytes.toString());
  });

  it('is refused when it is too large, whether its length is told or not', async () => {
    const ours = await scene();
    const told = await one(ours, { name: 'a.txt', bytes: Buffer.alloc(3_000_000) });
    const error = await failureOf(openFile(told, { ...ours.access, maxBytes: 2 * 1024 * 1024 }));
    assert.ok(error instanceof InvalidError && /larger than 2 MB/.test(error.message));
    const untold = await one(ours, { name: 'a.txt', bytes: Buffer.alloc(3_000_000), tells: ['name'] });
    const { body } = await openFile(untold, { ...ours.access, maxBytes: 2_000_000 });
    const late = await failureOf(text(body));
    assert.ok(late instanceof UnreachableError && late.params['reason'] === 'TOO_LARGE');
  });

  it('that breaks off is an error of its stream', async () => {
    const ours = await scene();
    const file = await one(ours, { bytes: Buffer.alloc(500_000) });
    ours.portal.failNext({ method: 'download', with: 'cut' });
    const { body } = await openFile(file, ours.access);
    assert.ok((await failureOf(text(body))) instanceof UnreachableError);
  });

  it('is fetched from wherever the portal sends on, but not from our own network', async () => {
    const ours = await scene();
    const file = await one(ours, { name: 'a.txt' });
    ours.portal.failNext({ method: 'download', with: { redirectTo: ours.portal.origin } });
    assert.equal(await text((await openFile(file, ours.access)).body), 'content of a.txt');
    const inner = await serve((response) => response.end('of the inner network'));
    ours.portal.failNext({ method: 'download', times: 9, with: { redirectTo: `${inner.origin}/x` } });
    const error = await failureOf(openFile(file, ours.access));
    assert.ok(error instanceof BitlaneError && error.code === 'ADDRESS_REFUSED', String(error));
    ours.portal.clearFaults();
    ours.portal.addMethods({ [link]: { run: () => ({ result: { downloadUrl: `${inner.origin}/x` } }) } });
    const lured = await failureOf(openFile(file, ours.access));
    assert.ok(lured instanceof BitlaneError && lured.code === 'ADDRESS_REFUSED');
    assert.equal(inner.asked.length, 0);
  });

  it('is not fetched to its end when its reader leaves', async () => {
    const ours = await scene();
    const big = await serve((response) => {
      response.writeHead(200, {
        'Content-Length': 50_000_000,
        'Content-Disposition': 'attachment; filename=x',
      });
      response.write(Buffer.alloc(100_000));
    });
    const { access } = ours;
    ours.portal.addMethods({ [link]: { run: () => ({ result: { downloadUrl: `${big.origin}/x` } }) } });
    const http = createFileHttp({ origin: big.origin });
    try {
      const { body } = await openFile({ id: 1 }, { ...access, http });
      body.destroy();
      await until(() => big.left() === 1, 'the end of the download');
    } finally {
      http.close();
    }
  });
});
