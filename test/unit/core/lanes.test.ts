import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { CancelledError } from '../../../lib/core/errors';
import { createLanes } from '../../../lib/core/lanes';

interface Job {
  readonly name: string;
  finish(): void;
  fail(): void;
}

function workshop(most: number) {
  const lanes = createLanes(most);
  const running: Job[] = [];
  const run = (name: string, signal?: AbortSignal): Promise<void> =>
    lanes.run(
      () =>
        new Promise((resolve, reject) => {
          const fail = (): void => reject(new Error(name));
          running.push({ name, finish: resolve, fail });
        }),
      signal,
    );
  return { run, names: () => running.map(({ name }) => name), job: (at: number) => running[at] };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('lanes', () => {
  it('put one listener on a signal that many wait by, and none when nobody waits', async () => {
    const { run, job } = workshop(1);
    const first = run('first');
    const stop = new AbortController();
    const waiting = Array.from({ length: 20 }, (_, at) => run(String(at), stop.signal));
    assert.equal(getEventListeners(stop.signal, 'abort').length, 1);
    stop.abort();
    for (const one of waiting) await assert.rejects(one, CancelledError);
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    job(0)?.finish();
    await first;
  });

  it('run no more than there are, and then the next in the order of coming', async () => {
    const { run, names, job } = workshop(2);
    const all = ['a', 'b', 'c', 'd'].map((name) => run(name));
    await settled();
    assert.deepEqual(names(), ['a', 'b']);
    job(1)?.finish();
    await settled();
    assert.deepEqual(names(), ['a', 'b', 'c']);
    job(0)?.finish();
    await settled();
    job(2)?.finish();
    job(3)?.finish();
    await Promise.all(all);
  });

  it('are free again after a failure', async () => {
    const { run, names, job } = workshop(1);
    const first = run('a');
    const second = run('b');
    await settled();
    job(0)?.fail();
    await assert.rejects(first, /a/);
    await settled();
    assert.deepEqual(names(), ['a', 'b']);
    job(1)?.finish();
    await second;
  });

  it('are left by whoever gives up while waiting', async () => {
    const { run, names, job } = workshop(1);
    const giving = new AbortController();
    const first = run('a');
    const second = run('b', giving.signal);
    const third = run('c');
    giving.abort();
    await assert.rejects(second, CancelledError);
    job(0)?.finish();
    await first;
    await settled();
    assert.deepEqual(names(), ['a', 'c']);
    job(1)?.finish();
    await third;
    await assert.rejects(run('d', AbortSignal.abort()), CancelledError);
    assert.deepEqual(names(), ['a', 'c']);
  });
});
