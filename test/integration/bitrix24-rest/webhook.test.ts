import assert from 'node:assert/strict';
import { CancelledError, InvalidError } from '../../../lib/core/errors';
import { connectByWebhook } from '../../../lib/bitrix24/webhook-connection';
import { failureOf, restBench } from './support';

const bench = restBench();
const open = { allowPrivateNetwork: false };
const read = { idempotent: true };

describe('a portal by its webhook', () => {
  for (const ending of ['', 'profile.json', 'crm.lead.list?x=1']) {
    it(`takes the address as people paste it: ...${ending} (b24jssdk 3)`, async () => {
      const portal = await bench.portal();
      const connection = connectByWebhook(`  ${portal.webhookUrl}${ending} `, {
        ...open,
        clock: bench.clock,
      });
      try {
        assert.equal(connection.domain, portal.domain);
        await connection.call('profile', {}, read);
        assert.equal(portal.calls[0]?.method, 'profile');
        assert.match(portal.calls[0].userAgent, /^bitlane/);
      } finally {
        connection.close();
      }
    });
  }

  it('what is no webhook address is refused without being quoted', () => {
    for (const wrong of ['https://x.example/rest/1/', 'not an address', 'http://x.example/rest/1/abc/']) {
      assert.throws(() => connectByWebhook(wrong, open), InvalidError);
    }
    assert.throws(
      () => connectByWebhook('https://x.example/MarkerSecret/1/abc', open),
      (error: Error) => !error.message.includes('MarkerSecret'),
    );
  });

  it('its signal ends everything, as close does', async () => {
    const portal = await bench.portal();
    const stop = new AbortController();
    const connection = connectByWebhook(portal.webhookUrl, { ...open, signal: stop.signal });
    portal.failNext({ method: 'profile', with: 'hang' });
    const call = failureOf(connection.call('profile', {}, read));
    await portal.waitForCall((one) => one.fault === 'hang');
    const send = failureOf(connection.send('1', 'profile', {}));
    stop.abort();
    assert.ok((await call) instanceof CancelledError);
    assert.ok((await send) instanceof CancelledError);
    assert.ok((await failureOf(connection.send('1', 'profile', {}))) instanceof CancelledError);
  });
});
