import assert from 'node:assert/strict';
import { createFormMemory, forgiving } from '../../../lib/conversation/forms/form-memory';
import { InvalidError } from '../../../lib/core/errors';
import type { WaitingForm } from '../../../lib/dify/waiting-form';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { manualClock } from '../../support/manual-clock';

const start = 1_700_000_000_000;

function form(formToken: string, livesMs: number): WaitingForm {
  return {
    formToken,
    workflowRunId: 'run',
    content: 'Shall it go out?',
    actions: [{ id: 'yes', title: 'Yes' }],
    inputs: [],
    values: {},
    rejections: 0,
    misses: 0,
    expiresAt: start + livesMs,
  };
}

describe('the memory of forms that wait', () => {
  function bench() {
    const clock = manualClock(start);
    const store = createMemoryStore({ clock, monotonic: () => clock.now() });
    return { clock, store, memory: createFormMemory(() => Promise.resolve(store), clock) };
  }
  const tokens = (forms: readonly WaitingForm[]): string[] => forms.map(({ formToken }) => formToken);

  it('gives back what it was given, under each key its own', async () => {
    const { memory } = bench();
    const forms = [form('a', 1000), form('b', 2000)];
    await memory.keep('k', forms);
    assert.deepEqual(await memory.load('k'), forms);
    assert.deepEqual(await memory.load('other'), []);
  });

  it('forgets each form when its time is up, and then the key', async () => {
    const { memory, clock, store } = bench();
    await memory.keep('k', [form('a', 1000), form('b', 2000)]);
    await clock.advance(1000);
    assert.deepEqual(tokens(await memory.load('k')), ['b']);
    await clock.advance(1000);
    assert.deepEqual(await memory.load('k'), []);
    assert.equal(await store.get('k'), undefined);
  });

  it('leaves nothing behind when nothing waits any more', async () => {
    const { memory, store } = bench();
    await memory.keep('k', [form('a', 1000)]);
    await memory.keep('k', []);
    assert.equal(await store.get('k'), undefined);
    await memory.keep('k', [form('over', -1)]);
    assert.equal(await store.get('k'), undefined);
  });

  it('seals what it keeps', async () => {
    const { store, clock } = bench();
    const options: unknown[] = [];
    const watched = {
      ...store,
      set: (key: string, value: unknown, option?: object) => {
        options.push(option);
        return store.set(key, value, option);
      },
    };
    await createFormMemory(() => Promise.resolve(watched), clock).keep('k', [form('a', 1000)]);
    assert.deepEqual(options, [{ ttlMs: 1000, sealed: true }]);
  });

  it('may fail without costing the answer', async () => {
    const broken = createFormMemory(() => Promise.reject(new InvalidError('STORE_UNAVAILABLE', 'no disk')));
    const told: string[] = [];
    const memory = forgiving(broken, ({ message }) => told.push(message));
    assert.deepEqual(await memory.load('k'), []);
    await memory.keep('k', [form('a', 1000)]);
    assert.deepEqual(told, ['no disk', 'no disk']);
  });
});
