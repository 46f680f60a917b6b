import assert from 'node:assert/strict';
import { CancelledError, InvalidError } from '../../../lib/core/errors';
import { createHttpClient } from '../../../lib/core/http';
import type { AddressPolicy } from '../../../lib/core/network-guard';
import { createRestClient } from '../../../lib/bitrix24/rest/client';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import { USER_AGENT } from '../../../lib/core/user-agent';
import { parseWebhookAddress } from '../../../lib/bitrix24/rest/webhook-address';
import { webhookCredential } from '../../../lib/bitrix24/rest/webhook-credential';
import { failureOf, restBench } from './support';
import { patienceMs } from '../../support/patience';

const bench = restBench();
const policy: AddressPolicy = { origin: 'configured' };
const read = { idempotent: true };

/** A client made of the parts as a portal node joins them. */
function connect(base: URL): { rest: PortalRest; close: () => void } {
  const http = createHttpClient({
    policy,
    userAgent: USER_AGENT,
    timeoutMs: patienceMs,
    maxResponseBytes: 1e6,
  });
  const rest = createRestClient({ credential: webhookCredential(base), http, clock: bench.clock });
  return { rest, close: () => http.close() };
}

describe('a portal by its webhook', () => {
  for (const ending of ['', 'profile.json', 'crm.lead.list?x=1']) {
    it(`takes the address as people paste it: ...${ending} (b24jssdk 3)`, async () => {
      const portal = await bench.portal();
      const { base, domain } = parseWebhookAddress(`  ${portal.webhookUrl}${ending} `, policy);
      assert.equal(domain, portal.domain);
      const { rest, close } = connect(base);
      try {
        await rest.call('profile', {}, read);
        assert.equal(portal.calls[0]?.method, 'profile');
        assert.match(portal.calls[0].userAgent, /^bitlane/);
      } finally {
        rest.close();
        close();
      }
    });
  }

  it('what is no webhook address is refused without being quoted', () => {
    for (const wrong of ['https://x.example/rest/1/', 'not an address', 'http://x.example/rest/1/abc/']) {
      assert.throws(() => parseWebhookAddress(wrong, policy), InvalidError);
    }
    assert.throws(
      () => parseWebhookAddress('https://x.example/MarkerSecret/1/abc', policy),
      (error: Error) => !error.message.includes('MarkerSecret'),
    );
  });

  it('closing ends what is under way and what comes later', async () => {
    const portal = await bench.portal();
    const { rest, close } = connect(parseWebhookAddress(portal.webhookUrl, policy).base);
    portal.failNext({ method: 'profile', with: 'hang' });
    const call = failureOf(rest.call('profile', {}, read));
    await portal.waitForCall((one) => one.fault === 'hang');
    const send = failureOf(rest.send('1', 'profile', {}));
    rest.close();
    assert.ok((await call) instanceof CancelledError);
    assert.ok((await send) instanceof CancelledError);
    assert.ok((await failureOf(rest.send('1', 'profile', {}))) instanceof CancelledError);
    close();
  });
});
