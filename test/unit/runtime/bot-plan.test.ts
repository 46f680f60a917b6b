import assert from 'node:assert/strict';
import { readWish } from '../../../nodes/config/bitrix-bot/bot-plan';
import { readSettings } from '../../../nodes/runtime/settings';

describe('what a bot node wants of its portal', () => {
  const hub = { kind: 'app', path: 'events' } as const;
  const unset = '${BITLANE_TEST_NO_SUCH_ADDRESS}';
  const wishOf = (properties: object) => readWish(readSettings({ code: 'helper', ...properties }, {}), hub);

  it('needs no public address when events are fetched, be it left empty or a variable that is not set', () => {
    for (const publicUrl of ['', unset]) {
      const { publicUrl: address, isKept } = wishOf({ eventMode: 'fetch', publicUrl });
      assert.deepEqual([address, isKept], ['', true]);
    }
  });

  it('names the variable when events are posted', () => {
    assert.throws(() => wishOf({ eventMode: 'webhook', publicUrl: unset }), { code: 'VARIABLE_UNSET' });
  });

  it('refuses an address that Bitrix24 would not post to', () => {
    for (const eventMode of ['webhook', 'fetch']) {
      assert.throws(() => wishOf({ eventMode, publicUrl: 'http://example.com' }), { code: 'CONFIG_INVALID' });
    }
  });
});
