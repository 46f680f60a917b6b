import assert from 'node:assert/strict';
import { createSessions } from '../../../lib/conversation/session/sessions';
import type { Store } from '../../../lib/store/store';
import { keptConversations } from '../../../nodes/runtime/bot/conversations';
import { useRedis } from '../store/redis-bench';

const key = 'bitbot:m1:7:chat1';

describe('the conversation of a dialog whose messages reach two instances at once', () => {
  const house = useRedis();

  it('is begun once: the second message waits for the first, and goes on with what it began', async () => {
    const [here, there] = [await house.open(), await house.open()];
    // The other one is in the middle of its first message.
    const hold = await there.hold(`conversation:${key}`);
    assert.ok(hold);
    let asked = 0;
    let ask = (): void => undefined;
    const hasAsked = new Promise<void>((resolve) => (ask = resolve));
    const watched: Store = {
      ...here,
      async hold(name) {
        const taken = await here.hold(name);
        asked += 1;
        ask();
        return taken;
      },
    };
    const inConversation = keptConversations({
      store: async () => watched,
      sessions: createSessions(async () => here, { ttlMs: 60_000, sliding: true }),
      keyOf: () => key,
      onUnsaved: (error) => assert.fail(String(error)),
    });
    const ids: (string | undefined)[] = [];
    const second = inConversation(
      { _msgid: '1' },
      undefined,
      new AbortController().signal,
      async ({ id }) => {
        ids.push(id);
      },
    );
    await hasAsked;
    assert.deepEqual(ids, []);
    await there.set(key, 'begun-there', { ttlMs: 60_000 });
    await hold.release();
    await second;
    assert.deepEqual(ids, ['begun-there']);
    assert.ok(asked > 1);
    assert.ok(await there.hold(`conversation:${key}`), 'nobody has it any more');
  });
});
