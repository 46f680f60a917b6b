import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { BitlaneError, CancelledError } from '../../../lib/core/errors';
import { createHttpClient, type HttpClient } from '../../../lib/core/http';
import type { FilePart } from '../../../lib/core/parts';
import {
  createFileSource,
  FILE_HTTP_LIMITS,
  type FileSource,
  type ReadyFile,
} from '../../../lib/bitrix24/reply/file-source';
import { until } from '../../support/until';
import { failureOf } from '../bitrix24-rest/support';
import { fileServers, type FileServer } from './file-server';

const largest = 75 * 1024 * 1024;
const signal = new AbortController().signal;
const textBytes = Buffer.from('the bytes of a bill '.repeat(5000));

describe('a file of an answer', () => {
  const serve = fileServers();
  const usualTmp = process.env['TMPDIR'];
  let folder = '';
  let clients: HttpClient[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bitlane-test-'));
    process.env['TMPDIR'] = folder;
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    clients = [];
    if (usualTmp === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usualTmp;
    rmSync(folder, { recursive: true });
  });

  function sourceFor(...servers: readonly FileServer[]): FileSource {
    const trustedOrigins = servers.map(({ origin }) => origin);
    const policy = { origin: 'received', trustedOrigins } as const;
    const http = createHttpClient({ ...FILE_HTTP_LIMITS, policy, userAgent: 'test/1' });
    clients.push(http);
    return createFileSource(() => http);
  }

  const part = (where: Pick<FilePart, 'url' | 'path' | 'data'>): FilePart => ({
    type: 'file',
    name: 'bill.txt',
    ...where,
  });
  const read = (source: FileSource, where: Pick<FilePart, 'url' | 'path' | 'data'>): Promise<ReadyFile> =>
    source.read(part(where), signal);
  const bytesOf = async ({ content }: ReadyFile): Promise<Buffer> => buffer(await content.open(signal));

  it('is the same from memory, from disk and from an address, as often as it is read', async () => {
    const path = join(folder, 'bill');
    writeFileSync(path, textBytes);
    const server = await serve((response) => {
      response.writeHead(200, { 'Content-Length': textBytes.length }).end(textBytes);
    });
    const source = sourceFor(server);
    for (const where of [{ data: textBytes }, { path }, { url: `${server.origin}/bill` }]) {
      const ready = await read(source, where);
      assert.deepEqual([ready.name, ready.content.size], ['bill.txt', textBytes.length]);
      assert.ok((await bytesOf(ready)).equals(textBytes));
      assert.ok((await bytesOf(ready)).equals(textBytes));
      await ready.release();
    }
    assert.equal(server.asked.length, 2, 'one download each time it is read');
  });

  describe('whose server tells no length', () => {
    const bare = (bytes: Buffer) => (): Promise<FileServer> =>
      serve((response) => {
        response.write(bytes.subarray(0, 10));
        response.end(bytes.subarray(10));
      });

    it('is put on disk for its owner alone, read from there, and removed', async () => {
      const server = await bare(textBytes)();
      const ready = await read(sourceFor(server), { url: `${server.origin}/bill` });
      assert.equal(ready.content.size, textBytes.length);
      const [made = ''] = readdirSync(folder);
      const inside = readdirSync(join(folder, made));
      assert.equal(inside.length, 1);
      assert.equal(statSync(join(folder, made)).mode & 0o777, 0o700);
      assert.equal(statSync(join(folder, made, inside[0] ?? '')).mode & 0o777, 0o600);
      assert.ok((await bytesOf(ready)).equals(textBytes));
      assert.ok((await bytesOf(ready)).equals(textBytes));
      assert.equal(server.asked.length, 1);
      await ready.release();
      assert.deepEqual(readdirSync(folder), []);
    });

    it('leaves nothing on disk when it breaks off, is empty or is cancelled', async () => {
      const broken = await serve((response) => response.write('half', () => response.destroy()));
      await assert.rejects(read(sourceFor(broken), { url: broken.origin }), BitlaneError);
      const empty = await serve((response) => response.write('', () => response.end()));
      await assert.rejects(read(sourceFor(empty), { url: empty.origin }), /empty/);
      const slow = await serve((response) => response.write('half'));
      const stop = new AbortController();
      const reading = failureOf(sourceFor(slow).read(part({ url: slow.origin }), stop.signal));
      await until(() => readdirSync(folder).length > 0, 'the file on disk');
      stop.abort();
      assert.ok((await reading) instanceof CancelledError);
      assert.deepEqual(readdirSync(folder), []);
    });

    it('is refused when it turns out too large, and leaves nothing', async () => {
      const piece = Buffer.alloc(1024 * 1024);
      const server = await serve((response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(piece));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      });
      const error = await failureOf(read(sourceFor(server), { url: server.origin }));
      assert.match(error.message, /larger than 75 MB; the portal takes 100 MB/);
      assert.deepEqual(readdirSync(folder), []);
    });

    it('is removed by itself when nobody comes for it', async () => {
      const server = await bare(textBytes)();
      const stop = new AbortController();
      await sourceFor(server).read(part({ url: server.origin }), stop.signal);
      assert.equal(readdirSync(folder).length, 1);
      stop.abort();
      await until(() => readdirSync(folder).length === 0, 'the end of the file on disk');
    });
  });

  it('is left where it is when nobody reads it after all', async () => {
    const server = await serve((response) => {
      response.writeHead(200, { 'Content-Length': 50_000_000 }).write(Buffer.alloc(100_000));
    });
    const ready = await read(sourceFor(server), { url: server.origin });
    await ready.release();
    await until(() => server.left() === 1, 'the end of the download');
  });

  it('may be as large as its base64 form allows, told before a byte is read', async () => {
    const path = join(folder, 'large');
    writeFileSync(path, '');
    truncateSync(path, largest);
    const served = await serve((response) =>
      response.writeHead(200, { 'Content-Length': largest + 1 }).end(),
    );
    const source = sourceFor(served);
    const ready = await read(source, { path });
    assert.equal(4 * Math.ceil(ready.content.size / 3), 100 * 1024 * 1024);
    truncateSync(path, largest + 1);
    for (const where of [{ path }, { url: served.origin }, { data: Buffer.alloc(largest + 1) }]) {
      const error = await failureOf(read(source, where));
      assert.match(error.message, /larger than 75 MB; the portal takes 100 MB, in which a file is a third/);
    }
  });

  it('is refused when there is nothing to read', async () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    const missing = await serve((response) => response.writeHead(404).end('no such file'));
    const source = sourceFor(missing);
    const wrong = [
      [{ path: join(folder, 'secret-name') }, /cannot be read/],
      [{ path: folder }, /cannot be read/],
      [{ path: '/dev/zero' }, /cannot be read/],
      [{ path: empty }, /is empty/],
      [{ data: Buffer.alloc(0) }, /is empty/],
      [{ url: missing.origin }, /status 404/],
      [{ url: 'no address' }, /address of the file/],
      [{}, /needs data, a path or an address/],
    ] as const;
    for (const [where, words] of wrong) {
      const error = await failureOf(read(source, where));
      assert.ok(error instanceof BitlaneError && error.code === 'INPUT_INVALID');
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /secret-name/);
    }
  });

  it('is followed to where its address leads, but never into the private network', async () => {
    const target = await serve((response) => response.writeHead(200, { 'Content-Length': 2 }).end('ok'));
    const redirect = await serve((response) =>
      response.writeHead(302, { Location: `${target.origin}/there` }).end(),
    );
    const ready = await read(sourceFor(redirect, target), { url: redirect.origin });
    assert.equal(String(await bytesOf(ready)), 'ok');
    await ready.release();
    const before = target.asked.length;
    const error = await failureOf(read(sourceFor(redirect), { url: redirect.origin }));
    assert.ok(error instanceof BitlaneError && error.code === 'ADDRESS_REFUSED');
    assert.equal(target.asked.length, before);
    const turning = await serve((response) => response.writeHead(302, { Location: '/again' }).end());
    await assert.rejects(read(sourceFor(turning), { url: turning.origin }), /status 302/);
    assert.equal(turning.asked.length, 6);
  });
});
