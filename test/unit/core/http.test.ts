import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../../lib/core/http';
import { startHttp, type LoopbackServer } from './loopback';

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

describe('HTTP client: answers', () => {
  const stops: (() => Promise<void> | void)[] = [];
  let seen: Seen[] = [];

  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    seen = [];
  });

  async function serve(
    answer: (response: ServerResponse, request: IncomingMessage) => void,
  ): Promise<LoopbackServer> {
    const server = await startHttp((request, response) => {
      const onBody = (body: string): void => {
        seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
        answer(response, request);
      };
      text(request).then(onBody, (error: Error) => response.destroy(error));
    });
    stops.push(() => server.stop());
    return server;
  }

  function client(options: Partial<HttpClientOptions> = {}): HttpClient {
    const made = createHttpClient({
      policy: { origin: 'configured' },
      userAgent: 'Bitlane/test',
      timeoutMs: 30_000,
      maxResponseBytes: 1000,
      ...options,
    });
    stops.push(() => made.close());
    return made;
  }

  const at = (server: LoopbackServer, path = '/'): URL => new URL(path, server.origin);

  it('sends what it is given, and nothing made up', async () => {
    const server = await serve((response) => response.end('ok'));
    const body = '  {"b": 1,  "text": "é"}';
    const headers = { 'Content-Type': 'application/json', 'X-Own': 'yes' };
    await client().send({ method: 'POST', url: at(server, '/rest/1/x/m?a=%20b'), headers, body });
    assert.equal(seen.length, 1);
    assert.equal(seen[0]?.method, 'POST');
    assert.equal(seen[0]?.url, '/rest/1/x/m?a=%20b');
    assert.equal(seen[0]?.body, body);
    assert.equal(seen[0]?.headers['content-type'], 'application/json');
    assert.equal(seen[0]?.headers['content-length'], String(Buffer.byteLength(body)));
    assert.equal(seen[0]?.headers['x-own'], 'yes');
    assert.equal(seen[0]?.headers['user-agent'], 'Bitlane/test');
  });

  it('invents no media type', async () => {
    const server = await serve((response) => response.end());
    await client().send({ method: 'POST', url: at(server), body: 'a=b' });
    assert.equal(seen[0]?.headers['content-type'], undefined);
    assert.equal(seen[0]?.body, 'a=b');
  });

  it('sends bytes and streams', async () => {
    const server = await serve((response) => response.end());
    await client().send({ method: 'PUT', url: at(server), body: Buffer.from('bytes') });
    await client().send({ method: 'POST', url: at(server), body: Readable.from(['a ', 'stream']) });
    assert.deepEqual(
      seen.map((each) => each.body),
      ['bytes', 'a stream'],
    );
  });

  it('gives every status as an answer, with its body as text', async () => {
    for (const status of [200, 201, 400, 401, 403, 404, 429, 500, 502, 503]) {
      const server = await serve((response) => response.writeHead(status).end('{"error": 1 }'));
      const response = await client().send({ method: 'GET', url: at(server) });
      assert.deepEqual({ status: response.status, body: response.body }, { status, body: '{"error": 1 }' });
    }
  });

  for (const status of [301, 302, 303, 307, 308]) {
    it(`gives a ${status} as an answer and follows nothing`, async () => {
      const other = await serve((response) => response.end('followed'));
      const server = await serve((response) =>
        response.writeHead(status, { location: other.origin }).end('moved'),
      );
      const response = await client().send({ method: 'POST', url: at(server), body: 'message' });
      assert.equal(response.status, status);
      assert.equal(response.headers['location'], other.origin);
      assert.equal(other.connections(), 0);
    });
  }

  it('gives headers by their names in lower case, repeated ones joined', async () => {
    const server = await serve((response) => {
      response.writeHead(200, [
        ['X-Own', 'a'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ]);
      response.end();
    });
    const { headers } = await client().send({ method: 'GET', url: at(server) });
    assert.equal(headers['x-own'], 'a');
    assert.equal(headers['set-cookie'], 'a=1, b=2');
  });

  it('takes a byte order mark off', async () => {
    const server = await serve((response) => response.end('\ufeff{}'));
    assert.equal((await client().send({ method: 'GET', url: at(server) })).body, '{}');
  });

  it('reads answers without a body', async () => {
    const server = await serve((response) => response.writeHead(204).end());
    assert.equal((await client().send({ method: 'GET', url: at(server) })).body, '');
    assert.equal((await client().send({ method: 'HEAD', url: at(server) })).body, '');
  });

  const encoders = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
  for (const [encoding, encode] of Object.entries(encoders)) {
    it(`unpacks ${encoding}, and gives no length that was meant for the packed form`, async () => {
      const server = await serve((response) => {
        const packed = encode(Buffer.from('unpacked'));
        response
          .writeHead(200, { 'content-encoding': encoding, 'content-length': packed.length })
          .end(packed);
      });
      const response = await client().send({ method: 'GET', url: at(server) });
      assert.equal(response.body, 'unpacked');
      assert.equal(response.headers['content-length'], undefined);
    });
  }

  it('uses a connection again', async () => {
    const server = await serve((response) => response.end('ok'));
    const one = client();
    for (let round = 0; round < 3; round += 1) await one.send({ method: 'GET', url: at(server) });
    const { body } = await one.stream({ method: 'GET', url: at(server) });
    await text(body);
    assert.equal(server.connections(), 1);
  });

  it('goes past a proxy that the environment names', async () => {
    const proxy = await serve((response) => response.end('by proxy'));
    const server = await serve((response) => response.end('direct'));
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = proxy.origin;
    try {
      assert.equal((await client().send({ method: 'GET', url: at(server) })).body, 'direct');
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
    assert.equal(proxy.connections(), 0);
  });

  describe('size', () => {
    const tooLarge = {
      name: 'UnreachableError',
      code: 'ADDRESS_UNREACHABLE',
      sent: true,
      message: /larger than/,
    };

    it('takes an answer of exactly the limit', async () => {
      const server = await serve((response) => response.end('a'.repeat(1000)));
      assert.equal((await client().send({ method: 'GET', url: at(server) })).body.length, 1000);
    });

    it('refuses one byte more, in send and in stream', async () => {
      const server = await serve((response) => response.end('a'.repeat(1001)));
      await assert.rejects(client().send({ method: 'GET', url: at(server) }), tooLarge);
      const { body } = await client().stream({ method: 'GET', url: at(server) });
      await assert.rejects(buffer(body), tooLarge);
    });

    it('counts after unpacking', async () => {
      const bomb = gzipSync(Buffer.alloc(50_000_000));
      const server = await serve((response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      );
      await assert.rejects(
        client({ maxResponseBytes: 100_000 }).send({ method: 'GET', url: at(server) }),
        tooLarge,
      );
    });

    it('can be set for one request', async () => {
      const server = await serve((response) => response.end('a'.repeat(2000)));
      const response = await client().send({ method: 'GET', url: at(server), maxResponseBytes: 2000 });
      assert.equal(response.body.length, 2000);
    });
  });

  it('streams an answer piece by piece', async () => {
    let sendRest = (): void => undefined;
    const server = await serve((response) => {
      response.write('first');
      sendRest = () => response.end(' last');
    });
    const { status, headers, body } = await client().stream({ method: 'GET', url: at(server) });
    assert.equal(status, 200);
    assert.equal(headers['transfer-encoding'], 'chunked');
    const pieces: string[] = [];
    for await (const piece of body) {
      pieces.push(String(piece));
      sendRest();
    }
    assert.deepEqual(pieces, ['first', ' last']);
  });
});
