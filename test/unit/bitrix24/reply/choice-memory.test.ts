import assert from 'node:assert/strict';
import { UnreachableError } from '../../../../lib/core/errors';
import type { Part } from '../../../../lib/core/parts';
import { normaliseEvent, openEnvelope } from '../../../../lib/bitrix24/events/envelope';
import type { BitrixEvent } from '../../../../lib/bitrix24/events/event';
import { readChoice, rememberChoices } from '../../../../lib/bitrix24/reply/choice-memory';
import { readReplyTarget } from '../../../../lib/bitrix24/reply/target';
import { createMemoryStore } from '../../../../lib/store/memory-store';
import { createState } from '../../../../lib/store/state';
import type { StoreSource } from '../../../../lib/store/store';
import { manualClock } from '../../../support/manual-clock';

const tea: Part = {
  type: 'choices',
  prompt: 'What would you like?',
  context: 'drinks',
  items: [
    { id: 'a', label: 'Black tea', value: 'black' },
    { id: 'b', label: 'Green tea' },
  ],
};
const plain: Part = { type: 'text', text: 'Goodbye', format: 'plain' };

function says(text: string, { member = 'm', bot = 'helper', dialog = 'chat1', name = '' } = {}): BitrixEvent {
  const data = {
    bot: { id: 5, code: bot },
    chat: { dialogId: dialog },
    message: { id: 1, text, authorId: 13 },
    ...(name !== '' && { command: { id: 3, command: name } }),
  };
  const auth = { member_id: member, domain: 'd' };
  const kind = name === '' ? 'ONIMBOTV2MESSAGEADD' : 'ONIMBOTV2COMMANDADD';
  const [event] = normaliseEvent(openEnvelope({ event: kind, auth, data }), 'webhook', '');
  return event ?? assert.fail('no event');
}

const target = readReplyTarget(says('what is there?'));
const storeOf = (store = createMemoryStore()): StoreSource => {
  return () => Promise.resolve(store);
};
const unavailable: StoreSource = () =>
  Promise.reject(new UnreachableError('STORE_UNAVAILABLE', 'the disk is full', { sent: false }));
const green = { items: [{ id: 'b', label: 'Green tea' }], context: 'drinks' };

describe('the memory of choices', () => {
  for (const [how, text] of [
    ['a click', 'Green tea'],
    ['a number', '2'],
    ['the label, written in another way', 'green TEA.'],
  ] as const) {
    it(`knows a choice by ${how}, also after a restart`, async () => {
      const state = createState();
      await rememberChoices(storeOf(createMemoryStore({ state })), target, [plain, tea]);
      assert.deepEqual(await readChoice(storeOf(createMemoryStore({ state })), says(text)), green);
    });
  }

  it('gives the value with the choice, and several where several may be chosen', async () => {
    const store = storeOf();
    await rememberChoices(store, target, [{ ...tea, multiple: true }]);
    const chosen = await readChoice(store, says('1, 2'));
    assert.deepEqual(chosen?.items, tea.items);
  });

  it('knows nothing in another dialog, of another bot or on another portal', async () => {
    const store = storeOf();
    await rememberChoices(store, target, [tea]);
    for (const other of [{ dialog: 'chat2' }, { bot: 'other' }, { member: 'n' }]) {
      assert.equal(await readChoice(store, says('2', other)), undefined);
    }
  });

  it('takes no command for a choice, and no text that is none', async () => {
    const store = storeOf();
    await rememberChoices(store, target, [tea]);
    assert.equal(await readChoice(store, says('2', { name: 'order' })), undefined);
    assert.equal(await readChoice(store, says('something else altogether')), undefined);
  });

  it('keeps the last choices shown, until an answer without any', async () => {
    const store = storeOf();
    const milk: Part = { type: 'choices', items: [{ id: 'm', label: 'Milk' }] };
    await rememberChoices(store, target, [tea, milk]);
    assert.deepEqual(await readChoice(store, says('1')), { items: [{ id: 'm', label: 'Milk' }] });
    await rememberChoices(store, target, [plain]);
    assert.equal(await readChoice(store, says('1')), undefined);
  });

  it('forgets after a day', async () => {
    const clock = manualClock(1_700_000_000_000);
    const store = storeOf(createMemoryStore({ clock, monotonic: () => clock.now() }));
    await rememberChoices(store, target, [tea]);
    await clock.advance(24 * 60 * 60 * 1000 - 1);
    assert.deepEqual(await readChoice(store, says('2')), green);
    await clock.advance(2);
    assert.equal(await readChoice(store, says('2')), undefined);
  });

  it('holds up nothing when the store cannot be used', async () => {
    await rememberChoices(unavailable, target, [tea]);
    await rememberChoices(unavailable, target, [plain]);
    assert.equal(await readChoice(unavailable, says('2')), undefined);
  });

  it('understands nothing by what is no list of choices', async () => {
    const store = createMemoryStore();
    for (const stored of [null, 'x', { items: 7 }, { items: [null] }, []]) {
      await store.set('choices:m:helper:chat1', stored);
      assert.equal(await readChoice(storeOf(store), says('2')), undefined);
    }
  });
});
