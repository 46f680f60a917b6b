import assert from 'node:assert/strict';
import type { Envelope } from '../../../lib/bitrix24/events/envelope';
import { createWebhookTrust } from '../../../lib/bitrix24/events/sender-trust';
import { createPinStore } from '../../../lib/bitrix24/hub/portal-records';
import type { Store } from '../../../lib/store/store';
import { useRedis } from '../store/redis-bench';

const domain = 'shop.bitrix24.com';

function eventWith(applicationToken: string): Envelope {
  return {
    eventName: 'ONIMBOTV2MESSAGEADD',
    data: { bot: { code: 'helper' } },
    ...{ memberId: 'm1', domain, clientEndpoint: `https://${domain}/rest/`, scope: '', applicationToken },
  };
}

const trustAt = (store: Store) =>
  createWebhookTrust({
    domain: () => domain,
    applicationToken: undefined,
    bots: () => [{ code: 'helper', botToken: undefined }],
    pins: createPinStore(async () => store, domain),
  });

describe('the token of a bot that is learned from its first event', () => {
  const house = useRedis();

  it('is one, also when two first events reach two instances at the same moment', async () => {
    for (let time = 0; time < 20; time += 1) {
      await house.client().flushall();
      const [a, b] = [trustAt(await house.open()), trustAt(await house.open())];
      const verdicts = await Promise.all([a.accepts(eventWith('one')), b.accepts(eventWith('two'))]);
      assert.equal(verdicts.filter((isBelieved) => isBelieved).length, 1);
      const [right, wrong] = verdicts[0] ? ['one', 'two'] : ['two', 'one'];
      for (const trust of [a, b]) {
        assert.equal(await trust.accepts(eventWith(right)), true);
        assert.equal(await trust.accepts(eventWith(wrong)), false);
      }
    }
  });
});
