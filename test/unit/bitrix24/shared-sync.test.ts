import assert from 'node:assert/strict';
import type { BotRest } from '../../../lib/bitrix24/bots/bot-calls';
import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import { syncAmongAll, type SharedOutcome } from '../../../lib/bitrix24/bots/shared-sync';
import { createBotRecords } from '../../../lib/bitrix24/hub/bot-records';
import { RefusedError } from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Hold, Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { ownWish } from './page/bots';

describe('the bot that several processes want to be alike', () => {
  let clock: ManualClock;
  let store: Store;
  let stop: AbortController;
  beforeEach(() => {
    clock = manualClock();
    store = createMemoryStore();
    stop = new AbortController();
  });
  afterEach(() => store.close());

  /** What the portal was asked, and how many at once. It answers each call when it is let. */
  function portal() {
    const seen = { methods: [] as string[], atOnce: 0, most: 0, name: '', isHeld: false };
    let exists = false;
    const shown = (): object => ({
      bot: { id: 7, code: 'helper', type: 'openline', eventMode: 'fetch', isSupportOpenline: true },
      users: [{ id: 7, name: seen.name }],
    });
    const call: BotRest['call'] = async (method, params, { signal }) => {
      signal?.throwIfAborted();
      seen.methods.push(method.replace('imbot.v2.', ''));
      seen.atOnce += 1;
      seen.most = Math.max(seen.most, seen.atOnce);
      await until(() => !seen.isHeld, 'leave to answer');
      seen.atOnce -= 1;
      signal?.throwIfAborted();
      if (method.endsWith('Command.list')) return { commands: [] };
      if (method.endsWith('Bot.get') && !exists) {
        throw new RefusedError('BITRIX_REFUSED', 'none', { serviceCode: 'BOT_NOT_FOUND' });
      }
      exists = true;
      seen.name = textAt(params, 'fields', 'properties', 'name') ?? seen.name;
      return shown();
    };
    return { rest: { call }, seen };
  }

  const sync = (rest: BotRest, change: Partial<BotWish> = {}, isForgotten = false): Promise<SharedOutcome> =>
    syncAmongAll(
      {
        ...{ rest, clock, signal: stop.signal, store: async () => store, place: 'm1' },
        wish: ownWish({ botToken: 'token', commands: [], ...change }),
        records: createBotRecords(async () => store, 'm1', 'helper'),
      },
      isForgotten,
    );

  /** Those who wait ask again as long as they do. */
  async function finished<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = work.finally(() => (isOver = true));
    over.catch(() => undefined);
    while (!isOver) await clock.advance(500);
    return over;
  }

  it('is registered by one; the others wait and then ask nothing at all', async () => {
    const { rest, seen } = portal();
    const all = await finished(Promise.all([sync(rest), sync(rest), sync(rest)]));
    assert.deepEqual(seen.methods, ['Bot.get', 'Bot.register', 'Command.list']);
    assert.deepEqual(
      all.map(({ botId, did, isDoneByAnother }) => [botId, did.length, isDoneByAnother]),
      [
        [7, 1, false],
        [7, 0, true],
        [7, 0, true],
      ],
    );
    assert.equal(all[1]?.fingerprint, all[0].fingerprint);
  });

  it('is looked at again by one that comes later: somebody may have changed it on the portal', async () => {
    const { rest, seen } = portal();
    await sync(rest);
    seen.methods.length = 0;
    const later = await sync(rest);
    assert.deepEqual([seen.methods, later.isDoneByAnother], [['Bot.get', 'Command.list'], false]);
  });

  it('is done again by one that waited but wants something else, and never at the same time', async () => {
    const { rest, seen } = portal();
    const [, two] = await finished(Promise.all([sync(rest), sync(rest, { botName: 'Ann' })]));
    assert.deepEqual([two.did, seen.name, seen.most], [['updated'], 'Ann', 1]);
  });

  it('is done again by one that knows that the portal has forgotten', async () => {
    const { rest, seen } = portal();
    const [, two] = await finished(Promise.all([sync(rest), sync(rest, {}, true)]));
    assert.equal(two.isDoneByAnother, false);
    assert.equal(seen.methods.filter((method) => method === 'Bot.register').length, 2);
  });

  it('is done anew in a later turn by one whose turn has passed to another, which keeps nothing of the first', async () => {
    const { rest, seen } = portal();
    const lost = new AbortController();
    const lent: Hold = {
      lost: lost.signal,
      isOurs: async () => !lost.signal.aborted,
      release: async () => {},
    };
    const turns = [lent];
    const real = store;
    store = { ...real, hold: async (name) => turns.shift() ?? real.hold(name) };
    seen.isHeld = true;
    const one = sync(rest);
    await until(() => seen.methods.length === 1, 'the first call');
    lost.abort();
    seen.isHeld = false;
    const outcome = await finished(one);
    assert.deepEqual(seen.methods, ['Bot.get', 'Bot.get', 'Bot.register', 'Command.list']);
    assert.deepEqual(outcome.did, ['registered']);
  });

  it('is not waited for without an end, and the wait ends with the deploy', async () => {
    const { rest, seen } = portal();
    await store.hold('bitrix:bot:m1:helper');
    await assert.rejects(finished(sync(rest)), { code: 'BITRIX_BOT_BUSY' });
    const waiting = sync(rest);
    await until(() => clock.pending() === 1, 'the wait');
    stop.abort();
    await assert.rejects(waiting, { name: 'CancelledError' });
    assert.deepEqual(seen.methods, []);
  });
});
