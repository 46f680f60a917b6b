import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { CancelledError } from '../../../lib/core/errors';
import { systemClock } from '../../../lib/core/clock';
import { until } from '../../support/until';
import { callFields, chat, chatFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

const recording = wavOf(2000);
const options = { key: 'k', fields: callFields, rules };

describe('a speechsense upload of which nothing has left', () => {
  const bench = speechSenseBench();

  it('is not held when there is no token for it', async () => {
    const service = await bench.service();
    service.iam.failNext(...Array.from({ length: 9 }, () => ({ status: 503, body: 'busy' })));
    const credential = {
      authType: 'authorized-key' as const,
      secret: service.iam.keyFile(),
      iamEndpoint: service.iam.origin,
    };
    const audio = bench.client(service, { credential });
    await assert.rejects(audio.uploadAudio(sourceOf(recording), options), {
      code: 'SPEECHSENSE_UNREACHABLE',
    });
    const chats = bench.client(service, { credential, connectionId: service.chatConnectionId });
    await assert.rejects(chats.uploadText(chat, chatFields, { key: 'k' }), {
      code: 'SPEECHSENSE_UNREACHABLE',
    });
    for (const connectionId of [service.connectionId, service.chatConnectionId]) {
      assert.equal(await bench.records(connectionId).find('k'), undefined);
    }
    assert.equal(service.calls.length, 0);
  });

  it('is not noted while it waits for its token', async () => {
    const service = await bench.service();
    let isAsked = false;
    const silent = createHttpServer(() => (isAsked = true));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const credential = {
      authType: 'authorized-key' as const,
      secret: service.iam.keyFile(),
      iamEndpoint: `http://127.0.0.1:${portOf(silent.address())}`,
    };
    const client = bench.client(service, { credential });
    const upload = client.uploadAudio(sourceOf(recording), { ...options, method: 'unary' });
    const over = upload.catch(() => undefined);
    await until(() => isAsked, 'the exchange');
    assert.equal(await bench.records(service.connectionId).find('k'), undefined);
    client.close();
    silent.closeAllConnections();
    silent.close();
    await over;
  });

  it('is not held when it is stopped while the name leads nowhere yet', async () => {
    const service = await bench.service();
    let isAsked = false;
    const client = bench.client(service, {
      endpoint: 'speech.example:443',
      tls: true,
      clock: systemClock,
      resolve: () => {
        isAsked = true;
        return new Promise(() => undefined);
      },
    });
    const upload = client.uploadAudio(sourceOf(recording), options);
    const records = bench.records(service.connectionId);
    await until(() => isAsked, 'the name to be asked for');
    client.close();
    await assert.rejects(upload, CancelledError);
    assert.equal(await records.find('k'), undefined);
  });

  it('is held when it is stopped while the service has all of it', async () => {
    const service = await bench.service();
    service.script({ silent: true });
    const client = bench.client(service);
    const upload = client.uploadAudio(sourceOf(recording), options);
    await until(() => service.calls.some(({ hasEnded }) => hasEnded), 'all of it');
    client.close();
    await assert.rejects(upload, CancelledError);
    assert.equal((await bench.records(service.connectionId).find('k'))?.state, 'uncertain');
  });

  it('is told from one that somebody on the way took whole and answered with a page', async () => {
    let taken = 0;
    const proxy = createServer();
    proxy.on('stream', (stream, { ':path': path = '' }) => {
      stream.on('error', () => undefined);
      stream.resume();
      stream.on('end', () => {
        if (!path.endsWith('/Search')) {
          taken += 1;
          stream.respond({ ':status': 504, 'content-type': 'text/html' }, { endStream: true });
          return;
        }
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.alloc(5));
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const service = await bench.service();
    const client = bench.client(service, { endpoint: `127.0.0.1:${portOf(proxy.address())}` });
    try {
      await assert.rejects(client.uploadAudio(sourceOf(recording), options), {
        code: 'SPEECHSENSE_UNCERTAIN',
      });
      assert.equal(taken, 1);
    } finally {
      client.close();
      proxy.close();
    }
  });
});

function portOf(address: AddressInfo | string | null): number {
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
