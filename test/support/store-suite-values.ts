import assert from 'node:assert/strict';
import type { BenchRunner } from './store-suite';

const sessionKey = 'bitbot:member-1:7:chat42';

export function storeValueCases(withStore: BenchRunner): void {
  describe('values', () => {
    it(
      'knows nothing of a key that was never set',
      withStore(async ({ store }) => {
        assert.equal(await store.get(sessionKey), undefined);
      }),
    );

    const values: [string, unknown][] = [
      ['a text', 'conversation-1'],
      ['an empty text', ''],
      ['a number', -12.5],
      ['zero', 0],
      ['true', true],
      ['false', false],
      ['null', null],
      ['a list', [1, 'two', [3], {}]],
      ['an object', { id: 'x', nested: { list: [null, false] }, empty: '' }],
      ['a text that looks like JSON', '{"a":1}'],
      ['Unicode of every length', 'Ünï \u0000 ru: привет 中文 😀 \u202e\ufeff'],
    ];
    for (const [what, value] of values) {
      it(
        `gives back ${what}, also after it was opened anew`,
        withStore(async ({ store, reopen }) => {
          await store.set('key', value);
          assert.deepEqual(await store.get('key'), value);
          assert.deepEqual(await (await reopen()).get('key'), value);
        }),
      );
    }

    it(
      'gives back a sealed value, also after it was opened anew',
      withStore(async ({ store, reopen }) => {
        const tokens = { access: 'secret-1', refresh: 'secret-2' };
        await store.set('tokens', tokens, { sealed: true, durable: true });
        assert.deepEqual(await store.get('tokens'), tokens);
        assert.deepEqual(await (await reopen()).get('tokens'), tokens);
      }),
    );

    it(
      'replaces a value, its kind and its sealing',
      withStore(async ({ store, reopen }) => {
        await store.set('key', { a: 1 }, { sealed: true });
        await store.set('key', 'text');
        assert.equal(await store.get('key'), 'text');
        assert.equal(await (await reopen()).get('key'), 'text');
      }),
    );

    it(
      'keeps its own copy of what it was given and what it gave',
      withStore(async ({ store }) => {
        const given = { list: [1] };
        await store.set('key', given);
        given.list.push(2);
        const first = await store.get('key');
        assert.deepEqual(first, { list: [1] });
        if (typeof first === 'object' && first !== null) Object.assign(first, { list: [] });
        assert.deepEqual(await store.get('key'), { list: [1] });
      }),
    );

    it(
      'takes large values',
      withStore(async ({ store, reopen }) => {
        const large = 'ж'.repeat(2 * 1024 * 1024);
        await store.set('large', large, { durable: true });
        assert.equal((await store.get('large')) === large, true);
        assert.equal((await (await reopen()).get('large')) === large, true);
      }),
    );

    const keys = [
      '',
      ' ',
      'a:b*?[x]',
      '../../etc',
      'CON',
      'x'.repeat(2000),
      '__proto__',
      'ключ 😀',
      'a\nb\u0000c',
    ];
    for (const key of keys) {
      it(
        `takes the key ${JSON.stringify(key.slice(0, 20))}`,
        withStore(async ({ store, reopen }) => {
          await store.set(key, 'here');
          assert.equal(await store.get(key), 'here');
          const again = await reopen();
          assert.equal(await again.get(key), 'here');
          assert.equal(await again.delete(key), true);
          assert.equal(await again.get(key), undefined);
        }),
      );
    }

    it(
      'refuses what JSON cannot say',
      withStore(async ({ store }) => {
        await assert.rejects(store.set('key', undefined), { code: 'INPUT_INVALID' });
        await assert.rejects(
          store.set('key', () => 1),
          { code: 'INPUT_INVALID' },
        );
        assert.equal(await store.get('key'), undefined);
      }),
    );

    it(
      'deletes, and says whether there was something',
      withStore(async ({ store, reopen }) => {
        await store.set('key', 1);
        assert.equal(await store.delete('key', { durable: true }), true);
        assert.equal(await store.delete('key'), false);
        assert.equal(await (await reopen()).get('key'), undefined);
      }),
    );

    it(
      'shows each change to the next call, awaited or not',
      withStore(async ({ store }) => {
        const first = store.set('key', 1);
        const second = store.set('key', 2);
        const swapped = store.compareAndSet('key', 2, 3);
        const read = store.get('key');
        assert.deepEqual(await Promise.all([first, second, swapped, read]), [undefined, undefined, true, 3]);
      }),
    );
  });
}
