import assert from 'node:assert/strict';
import { makeIdentity } from '../../unit/core/loopback';
import { speechSenseBench } from './support';

describe('Check connection of speechsense', () => {
  const bench = speechSenseBench();
  const tls = makeIdentity('DNS:localhost,IP:127.0.0.1');

  it('climbs from the key to a search, and uploads nothing', async () => {
    const service = await bench.service();
    const check = await bench.client(service).check();
    assert.deepEqual(check, { ok: true, verdict: 'ready', message: 'SpeechSense request successful' });
    assert.deepEqual(
      service.calls.map(({ method }) => method),
      ['ListModels', 'Search'],
    );
    assert.equal(service.talks.length, 0);
  });

  it('tells what is in the way', async () => {
    const service = await bench.service();
    const wrongKey = { credential: { authType: 'api-key' as const, secret: 'AQVN-wrong-key' } };
    assert.equal((await bench.client(service, wrongKey).check()).verdict, 'key');
    const wrongId = { connectionId: 'eagnobody' };
    const notFound = await bench.client(service, wrongId).check();
    assert.deepEqual([notFound.verdict, notFound.error?.code], ['not-found', 'SPEECHSENSE_NOT_FOUND']);
    service.setMember(false);
    const denied = await bench.client(service).check();
    assert.deepEqual([denied.verdict, denied.error?.code], ['denied', 'SPEECHSENSE_DENIED']);
    service.setMember(true);
    service.script({ on: 'Search', refuse: { code: 3, message: 'project_id is needed' } });
    assert.equal((await bench.client(service).check()).verdict, 'incomplete');
    service.script({ on: 'ListModels', refuse: { code: 12, message: 'unknown' } });
    assert.equal((await bench.client(service).check()).verdict, 'ready');
    const client = bench.client(service);
    await service.stop();
    assert.equal((await client.check()).verdict, 'network');
  });

  it('goes over TLS with the authority of a file, and tells when the certificate is not trusted', async () => {
    const service = await bench.service({ tls });
    const secure = { endpoint: service.localEndpoint, tls: true };
    assert.equal((await bench.client(service, { ...secure, ca: tls.cert }).check()).ok, true);
    const untrusted = await bench.client(service, secure).check();
    assert.deepEqual([untrusted.verdict, untrusted.error?.code], ['tls', 'SPEECHSENSE_TLS']);
  });

  it('keeps to addresses that are allowed', async () => {
    const service = await bench.service();
    const resolve = (address: string) => () => Promise.resolve([{ address, family: 4 }]);
    const endpoint = 'speechsense.example:443';
    const client = bench.client(service, { endpoint, tls: true, resolve: resolve('10.0.0.5') });
    const refused = await client.check();
    assert.deepEqual([refused.verdict, refused.error?.code], ['network', 'ADDRESS_REFUSED']);
    for (const plain of ['http://speechsense.example', 'speechsense.example:443']) {
      assert.throws(() => bench.client(service, { endpoint: plain, tls: false }), {
        code: 'ADDRESS_REFUSED',
      });
    }
  });
});
