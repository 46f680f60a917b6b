import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { getFile } from '../../../lib/bitrix24/files/get-file';
import { addFileServer, fileServerHttp } from '../../../nodes/runtime/bot/file-servers';

describe('the folder of a file server', () => {
  const asked: string[] = [];
  let server: Server;
  let origin = '';
  let forget: () => void;

  before(async () => {
    server = createServer(({ url = '' }, response) => {
      asked.push(url);
      const to = new URL(url, 'http://localhost').searchParams.get('to');
      if (to !== null) response.writeHead(302, { location: to });
      response.end('the file');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a port is needed');
    origin = `http://127.0.0.1:${address.port}`;
    forget = addFileServer(origin, '/files/', { allowPrivateNetwork: false });
  });
  beforeEach(() => asked.splice(0));
  after(async () => {
    forget();
    await new Promise((resolve) => server.close(resolve));
  });

  async function read(path: string): Promise<string> {
    const http = fileServerHttp(`${origin}${path}`) ?? assert.fail('it is none of its files');
    return text((await getFile(`${origin}${path}`, { http, maxBytes: 1000 })).body);
  }

  it('is not left by steps, in any spelling', () => {
    for (const path of [
      '/console/api/setup',
      '/files/../console',
      '/files/..%2fconsole',
      '/files/..%5Cconsole',
      '/files/%2e%2e/console',
      '/files/a/%2E%2E%2Fconsole',
      '/files/%252e%252e%252fconsole',
      '/files/..;/console',
      '/files/a%2fb',
    ]) {
      assert.equal(fileServerHttp(`${origin}${path}`), undefined, path);
    }
  });

  it('holds what has dots and signs in its name', async () => {
    assert.equal(await read('/files/tools/a.b..c%20d.png?sign=a%2Fb..'), 'the file');
  });

  it('is not left by a redirect, which may lead on inside of it', async () => {
    assert.equal(await read('/files/a?to=/files/b'), 'the file');
    for (const to of ['/console', '/files/..%252fconsole', `${origin}/files/%252e%252e/console`]) {
      asked.splice(0);
      await assert.rejects(read(`/files/a?to=${to}`), { code: 'ADDRESS_REFUSED' });
      assert.equal(asked.length, 1);
    }
  });
});
