import assert from 'node:assert/strict';
import { unchanged } from '../../../../lib/bitrix24/page/bot-changes';
import { createChangeBook } from '../../../../lib/bitrix24/page/change-book';
import { createMemoryStore } from '../../../../lib/store/memory-store';
import type { Store } from '../../../../lib/store/store';
import { changesWith, command, ownWish } from './bots';

const helper = { memberId: 'm1', code: 'helper' };
const full = changesWith({
  name: 'Ann',
  picture: 'AAAA',
  isOff: true,
  commands: [{ command: 'price', wish: command('price') }],
});

async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.scan('')) keys.push(key);
  return keys.sort();
}

describe('the book of changes', () => {
  let store: Store;
  const book = createChangeBook(async () => store);
  beforeEach(() => {
    store = createMemoryStore();
  });

  it('keeps what was changed by portal and bot, and leaves nothing behind when nothing is left', async () => {
    await book.save(helper, full);
    assert.deepEqual(await book.load(helper), full);
    for (const other of [
      { memberId: 'm2', code: 'helper' },
      { memberId: 'm1', code: 'clerk' },
    ]) {
      assert.deepEqual(await book.load(other), unchanged);
      assert.equal(await book.isOff(other), false);
    }
    assert.equal(await book.isOff(helper), true);
    await book.save(helper, unchanged);
    assert.deepEqual(await keysOf(store), []);
  });

  it('has no picture when the one that is there is that of another change', async () => {
    await book.save(helper, full);
    await store.set('bitrix:picture:m1:helper', 'BBBB');
    assert.deepEqual(await book.load(helper), { ...full, picture: undefined });
  });

  it('forgets what the node says itself by now', async () => {
    await book.save(helper, full);
    const own = ownWish({ botName: 'Ann', avatar: 'AAAA' });
    const left = { ...full, name: undefined, picture: undefined };
    assert.deepEqual(await book.settle(helper, own), left);
    assert.deepEqual(await book.load(helper), left);
    assert.deepEqual(await keysOf(store), ['bitrix:changes:m1:helper']);
    const later = ownWish({ botName: 'Other', avatar: 'CCCC' });
    assert.deepEqual(await book.settle(helper, later), left);
  });

  it('forgets nothing of what somebody saves at the same moment', async () => {
    await book.save(helper, changesWith({ name: 'Ann' }));
    const slow: Store = {
      ...store,
      async compareAndSet(...change) {
        await book.save(helper, changesWith({ name: 'Newer' }));
        return store.compareAndSet(...change);
      },
    };
    const late = createChangeBook(async () => slow);
    await late.settle(helper, ownWish({ botName: 'Ann' }));
    assert.equal((await book.load(helper)).name, 'Newer');
  });

  it('lets one change end before the next one begins', async () => {
    const order: string[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const first = book.inTurn(helper, async () => {
      await gate;
      order.push('first');
      throw new Error('the first one failed');
    });
    const second = book.inTurn(helper, async () => void order.push('second'));
    await book.inTurn({ memberId: 'm2', code: 'helper' }, async () => void order.push('elsewhere'));
    release();
    await assert.rejects(first, /failed/);
    await second;
    assert.deepEqual(order, ['elsewhere', 'first', 'second']);
  });

  it('forgets a portal, and no other', async () => {
    const others = [
      { memberId: 'm11', code: 'helper' },
      { memberId: 'm2', code: 'helper' },
    ];
    for (const bot of [helper, { memberId: 'm1', code: 'clerk' }, ...others]) await book.save(bot, full);
    await book.forgetPortal('m1');
    assert.deepEqual(await keysOf(store), [
      'bitrix:changes:m11:helper',
      'bitrix:changes:m2:helper',
      'bitrix:picture:m11:helper',
      'bitrix:picture:m2:helper',
    ]);
  });
});
