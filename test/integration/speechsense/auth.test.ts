import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { toError } from '../../../lib/core/errors';
import { grpcStatus, type SpeechSense } from '../../../sandbox/speechsense';
import { manualClock } from '../../support/manual-clock';
import { callFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

const hour = 3600_000;
const start = Date.UTC(2026, 2, 10);

describe('keys and tokens of speechsense', function () {
  const bench = speechSenseBench();
  const byKeyFile = (service: SpeechSense) => ({
    credential: {
      authType: 'authorized-key' as const,
      secret: service.iam.keyFile(),
      iamEndpoint: service.iam.origin,
    },
  });

  it('takes an API key as it is pasted', async () => {
    const service = await bench.service();
    for (const secret of [` ${service.apiKey}\n`, `Api-Key ${service.apiKey}`]) {
      const client = bench.client(service, { credential: { authType: 'api-key', secret } });
      assert.equal((await client.check()).ok, true);
    }
  });

  it('exchanges a key file for a token, once for all who ask at the same time', async () => {
    const service = await bench.service();
    const client = bench.client(service, byKeyFile(service));
    await Promise.all([client.search(), client.search(), client.search()]);
    assert.deepEqual(service.iam.exchanges, [{ ok: true, reason: '' }]);
    assert.match(String(service.calls[0]?.headers.authorization), /^Bearer t1\./);
  });

  it('renews the token before it is an hour old', async () => {
    const clock = manualClock(start);
    const service = await bench.service({ clock });
    const client = bench.client(service, { ...byKeyFile(service), clock });
    await client.search();
    await clock.advance(49 * 60_000);
    await client.search();
    assert.equal(service.iam.exchanges.length, 1);
    await clock.advance(2 * 60_000);
    await client.search();
    assert.equal(service.iam.exchanges.length, 2);
    await clock.advance(hour);
    await Promise.all([client.search(), client.search()]);
    assert.deepEqual(
      service.iam.exchanges.map(({ ok }) => ok),
      [true, true, true],
    );
  });

  it('renews a refused token once, for a search and for a stream that is begun anew', async () => {
    const service = await bench.service();
    const client = bench.client(service, byKeyFile(service));
    await client.search();
    service.iam.revoke();
    await client.search();
    service.iam.revoke();
    await client.uploadAudio(sourceOf(wavOf(100)), {
      key: 'k',
      fields: callFields,
      rules,
      method: 'stream',
    });
    assert.equal(service.iam.exchanges.length, 3);
    assert.equal(service.talks.length, 1);
  });

  it('gives up when the new token is refused as well', async () => {
    const service = await bench.service();
    const client = bench.client(service, byKeyFile(service));
    const refuse = { code: grpcStatus.unauthenticated, message: 'no' };
    service.script({ on: 'Search', refuse }, { on: 'Search', refuse });
    await assert.rejects(client.search(), { code: 'SPEECHSENSE_AUTH' });
    assert.equal(service.callsOf('Search').length, 2);
  });

  it('has no refused token in an error, whatever it looks like and however many there were', async () => {
    const service = await bench.service();
    const client = bench.client(service, byKeyFile(service));
    const tokens = ['opaque-one-4711', 'opaque-two-4712', 'opaque-three-4713', 'opaque-four-4714'];
    service.iam.failNext(...tokens.map((iamToken) => ({ status: 200, body: { iamToken } })));
    // The service repeats the token that it does not know.
    const first = await failureOf(client.search());
    const second = await failureOf(client.search());
    assert.equal(service.callsOf('Search').at(-1)?.headers.authorization, `Bearer ${tokens.at(-1)}`);
    service.script({ on: 'Search', refuse: { code: 3, message: `not by ${tokens.join(', ')}` } });
    const third = await failureOf(client.search());
    for (const failure of [first, second]) assert.match(failure.message, /Unknown api key '\*\*\*'/);
    assert.match(third.message, /not by \*\*\*, \*\*\*, \*\*\*, \*\*\* \(/);
    const shown = inspect([first, second, third], { depth: 8 });
    assert.deepEqual(
      tokens.filter((token) => shown.includes(token)),
      [],
    );
  });

  it('does not repeat a call with an API key that was refused', async () => {
    const service = await bench.service();
    const client = bench.client(service, { credential: { authType: 'api-key', secret: 'AQVN-wrong' } });
    await assert.rejects(client.search(), { code: 'SPEECHSENSE_AUTH' });
    assert.equal(service.calls.length, 1);
  });

  it('tries the exchange again after an outage of it, and says what it refused', async () => {
    const service = await bench.service();
    const client = bench.client(service, byKeyFile(service));
    service.iam.failNext({ status: 503, body: 'busy' });
    await client.search().catch(() => undefined);
    const spoilt = service.iam.keyFile().replace('ajesandboxserviceacct', 'ajesomebodyelse');
    const other = bench.client(service, {
      credential: { authType: 'authorized-key', secret: spoilt, iamEndpoint: service.iam.origin },
    });
    await assert.rejects(other.search(), { code: 'SPEECHSENSE_AUTH', message: /Wrong claims/ });
  });

  it('reads a key file whose new lines were pasted away', async () => {
    const service = await bench.service();
    const file: unknown = JSON.parse(service.iam.keyFile());
    const pem = String(Reflect.get(Object(file), 'private_key'));
    for (const spoilt of [pem.replaceAll('\n', '\\n'), pem.replaceAll('\n', ' ')]) {
      const secret = JSON.stringify({ ...Object(file), private_key: spoilt });
      const credential = { authType: 'authorized-key' as const, secret, iamEndpoint: service.iam.origin };
      await bench.client(service, { credential }).search();
    }
    assert.ok(service.iam.exchanges.every(({ ok }) => ok));
  });

  it('refuses what is no key file', async () => {
    const service = await bench.service();
    for (const secret of ['', 'AQVN', '{}', '{"id":"a","service_account_id":"b","private_key":"c"}']) {
      assert.throws(() => bench.client(service, { credential: { authType: 'authorized-key', secret } }), {
        code: 'SPEECHSENSE_KEY_FILE',
      });
    }
  });
});

function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => assert.fail('it is let in'),
    (error: unknown) => toError(error),
  );
}
