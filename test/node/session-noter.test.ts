import assert from 'node:assert/strict';
import { InvalidError } from '../../lib/core/errors';
import { keysAt } from '../../lib/core/fields';
import type { Portal } from '../../lib/bitrix24/hub/hub';
import { createMemoryStore } from '../../lib/store/memory-store';
import type { Store } from '../../lib/store/store';
import { createSessionNoter } from '../../nodes/bitrix-in/session-noter';
import { until } from '../support/until';

type Noted = Parameters<ReturnType<typeof createSessionNoter>>[0];

const owner = { memberId: 'm1', domain: 'b24.example', clientEndpoint: '', scope: '' };
const unasked = (): never => assert.fail('the portal was asked');
const portal: Portal = {
  ...{ origin: 'https://b24.example', domain: 'b24.example', memberId: 'm1' },
  rest: {
    ...{ call: unasked, ask: unasked, send: unasked, batch: unasked, list: unasked },
    ...{ close: unasked, finish: unasked },
  },
};

function event(sessionId: number | null): Noted {
  const openline = {
    connector: 'telegrambot',
    lineId: 3,
    externalChatId: '700',
    externalUserId: 57,
    crm: {},
  };
  return { portal: owner, chatId: 1763, openline: { ...openline, sessionId } };
}

function desk({ isOpen = true, isKnown = true, store: plain = createMemoryStore() } = {}) {
  const written: [string, unknown][] = [];
  const warnings: string[] = [];
  const watched: Store = {
    ...plain,
    async set(key, value, options) {
      await plain.set(key, value, options);
      written.push([key, value]);
    },
  };
  const locked = new InvalidError('STORE_LOCKED', 'somebody else has it');
  const state = { isOpen };
  const note = createSessionNoter(
    { signal: new AbortController().signal, warn: ({ message }) => void warnings.push(message) },
    {
      kind: 'app',
      find: () => (isKnown ? portal : undefined),
      store: () => (state.isOpen ? Promise.resolve(watched) : Promise.reject(locked)),
    },
  );
  return { note, state, written, warnings, keys: () => written.map(([key]) => key) };
}

describe('noting the sessions that events tell of', () => {
  it('notes each once, under the permanent id of a portal of an app', async () => {
    const { note, written, keys } = desk();
    for (const id of [512, 512, null, 513, 512]) note(event(id));
    note({ portal: owner, chatId: 5 });
    await until(() => keys().length === 2, 'the notes');
    assert.deepEqual(keys(), ['session-note:m1:512', 'session-note:m1:513']);
    for (const [, value] of written) {
      assert.deepEqual(keysAt(value).sort(), ['at', 'chatId', 'line', 'number']);
    }
  });

  it('does not write again what another node has noted, or this one before a deploy', async () => {
    const store = createMemoryStore();
    const { note, keys } = desk({ store });
    const after = desk({ store });
    note(event(512));
    await until(() => keys().length === 1, 'the note');
    after.note(event(512));
    after.note(event(513));
    await until(() => after.keys().length === 1, 'the next one');
    assert.deepEqual(after.keys(), ['session-note:m1:513']);
  });

  it('says that the store does not take it, and tries again with the next event', async () => {
    const { note, state, keys, warnings } = desk({ isOpen: false });
    note(event(512));
    await until(() => warnings.length === 1, 'the warning');
    state.isOpen = true;
    note(event(512));
    await until(() => keys().length === 1, 'the note');
    assert.deepEqual(warnings, ['somebody else has it']);
  });

  it('leaves out what comes from no portal of the node', async () => {
    const { note, keys } = desk({ isKnown: false });
    const known = desk();
    note(event(512));
    known.note(event(512));
    await until(() => known.keys().length === 1, 'the note of a portal that is known');
    assert.deepEqual(keys(), []);
  });
});
