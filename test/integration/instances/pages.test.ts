import assert from 'node:assert/strict';
import { changesWith } from '../../unit/bitrix24/page/bots';
import { createChangeBook } from '../../../lib/bitrix24/page/change-book';
import { createPageSessions, type PageSessions } from '../../../lib/bitrix24/page/page-session';
import { systemClock } from '../../../lib/core/clock';
import type { Store } from '../../../lib/store/store';
import { useRedis } from '../store/redis-bench';

const visitor = {
  clientId: 'local.app',
  memberId: 'm1',
  userId: 5,
  endpoint: new URL('https://x.bitrix24.com/rest/'),
  accessToken: 'MARKERtoken',
  isAdmin: true,
  tokenExpiresAt: Number.MAX_SAFE_INTEGER,
};

describe('the page inside a portal, served by two instances', () => {
  const house = useRedis();
  let a: PageSessions;
  let b: PageSessions;
  let stores: [Store, Store];
  beforeEach(async () => {
    stores = [await house.open(), await house.open()];
    a = createPageSessions(async () => stores[0], systemClock);
    b = createPageSessions(async () => stores[1], systemClock);
  });

  it('knows at one who opened it at the other, whoever was first to sign', async () => {
    const [byA, byB] = await Promise.all([a.open(visitor), b.open({ ...visitor, userId: 6 })]);
    for (const sessions of [a, b]) {
      const [one, other] = [await sessions.find(byA), await sessions.find(byB)];
      assert.deepEqual([one?.userId, one?.accessToken, one?.isAdmin], [5, 'MARKERtoken', true]);
      assert.equal(other?.userId, 6);
    }
  });

  it('lies in Redis with an end, and with nothing secret', async () => {
    const bearer = await a.open(visitor);
    const session = await a.find(bearer);
    assert.ok(session && (await a.mayAsk(session)));
    const client = house.client();
    const names = (await client.keys('*')).filter((name) => name.includes('bitrix:page-'));
    assert.equal(names.length, 4);
    const [payload = ''] = bearer.split('.');
    for (const name of names) {
      const text = name + String(await client.get(name));
      assert.ok(!text.includes('MARKERtoken') && !text.includes(payload), name);
      if (name.endsWith('page-key')) assert.match(text, /~s/);
      else assert.ok((await client.pttl(name)) > 0, name);
    }
  });

  it('is shut at both when it is shut at one, or when the person opens a sixth', async () => {
    const first = await a.open(visitor);
    const second = await b.open(visitor);
    const session = await b.find(first);
    assert.ok(session);
    await b.close(session);
    assert.equal(await a.find(first), undefined);
    for (let times = 0; times < 4; times += 1) await (times % 2 === 0 ? a : b).open(visitor);
    assert.ok(await a.find(second));
    await a.open(visitor);
    assert.equal(await b.find(second), undefined);
  });

  it('takes sixty requests a minute, wherever they come', async () => {
    const session = await a.find(await a.open(visitor));
    assert.ok(session);
    const asks = Array.from({ length: 80 }, (_, turn) => (turn % 2 === 0 ? a : b).mayAsk(session));
    const answers = await Promise.all(asks);
    assert.equal(answers.filter((isFine) => isFine).length, 60);
  });

  it('lets one change end before the next one begins, also at another instance', async () => {
    const [first, second] = stores.map((store) => createChangeBook(async () => store));
    assert.ok(first && second);
    const bot = { memberId: 'm1', code: 'helper' };
    const order: string[] = [];
    let finish = (): void => undefined;
    const atPortal = new Promise<void>((resolve) => (finish = resolve));
    let begin = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (begin = resolve));
    const slow = first.inTurn(bot, async () => {
      begin();
      await atPortal;
      await first.save(bot, changesWith({ name: 'Ann' }));
      order.push('first');
    });
    await hasBegun;
    const next = second.inTurn(bot, async () => void order.push((await second.load(bot)).name ?? 'none'));
    finish();
    await Promise.all([slow, next]);
    assert.deepEqual(order, ['first', 'Ann']);
  });

  it('has a bot that was switched off at one off at the other', async () => {
    const [first, second] = stores.map((store) => createChangeBook(async () => store));
    assert.ok(first && second);
    const bot = { memberId: 'm1', code: 'helper' };
    for (const isOff of [false, true, false]) {
      await first.save(bot, changesWith({ isOff }));
      assert.equal(await second.isOff(bot), isOff);
    }
  });
});
