import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { CancelledError } from '../../../lib/core/errors';
import { onAbort, unlessAborted } from '../../../lib/core/unless-aborted';

interface Work {
  promise: Promise<string>;
  succeed: (value: string) => void;
  fail: (reason: Error) => void;
}

function openWork(): Work {
  let succeed: Work['succeed'] = () => undefined;
  let fail: Work['fail'] = () => undefined;
  const promise = new Promise<string>((resolve, reject) => {
    succeed = resolve;
    fail = reject;
  });
  return { promise, succeed, fail };
}

/** By then Node has told of every rejection that nobody handled. */
const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('unlessAborted', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => void process.removeListener('unhandledRejection', note));

  it('gives what the work gives, and its failure', async () => {
    const { signal } = new AbortController();
    assert.equal(await unlessAborted(Promise.resolve('done'), signal), 'done');
    await assert.rejects(unlessAborted(Promise.reject(new Error('broken')), signal), /broken/);
  });

  it('is the work itself where nobody can give up', () => {
    const { promise } = openWork();
    assert.equal(unlessAborted(promise, undefined), promise);
  });

  it('gives up at once when the signal is aborted, before or meanwhile', async () => {
    await assert.rejects(unlessAborted(openWork().promise, AbortSignal.abort()), CancelledError);
    const stop = new AbortController();
    const waiting = unlessAborted(openWork().promise, stop.signal);
    stop.abort();
    await assert.rejects(waiting, CancelledError);
  });

  it('leaves the others what they wait for', async () => {
    const work = openWork();
    const stop = new AbortController();
    const [one, other] = [unlessAborted(work.promise, stop.signal), unlessAborted(work.promise, undefined)];
    stop.abort();
    await assert.rejects(one, CancelledError);
    work.succeed('for the other');
    assert.equal(await other, 'for the other');
  });

  it('lets work fail that nobody waits for any more', async () => {
    const stop = new AbortController();
    const [before, meanwhile] = [openWork(), openWork()];
    const gaveUp = [unlessAborted(before.promise, AbortSignal.abort())];
    gaveUp.push(unlessAborted(meanwhile.promise, stop.signal));
    stop.abort();
    for (const one of gaveUp) await assert.rejects(one, CancelledError);
    before.fail(new Error('too late'));
    meanwhile.fail(new Error('too late'));
    await oneTurn();
    assert.deepEqual(unhandled, []);
  });

  it('puts one listener on a signal, however many wait, and calls nobody back who has what it wanted', async () => {
    const stop = new AbortController();
    const works = Array.from({ length: 20 }, openWork);
    const waits = works.map(({ promise }) => unlessAborted(promise, stop.signal));
    let calls = 0;
    const takeBack = onAbort(stop.signal, () => (calls += 1));
    onAbort(stop.signal, () => (calls += 10));
    assert.equal(getEventListeners(stop.signal, 'abort').length, 1);
    for (const { succeed } of works) succeed('done');
    assert.equal((await Promise.all(waits)).length, 20);
    takeBack();
    stop.abort();
    assert.equal(calls, 10);
  });

  it('leaves no listener when nobody waits any more, and one again for whoever comes later', () => {
    const stop = new AbortController();
    const listeners = (): number => getEventListeners(stop.signal, 'abort').length;
    let calls = 0;
    const [one, other] = [1, 2].map((worth) => onAbort(stop.signal, () => (calls += worth)));
    one?.();
    assert.equal(listeners(), 1);
    other?.();
    assert.equal(listeners(), 0);
    onAbort(stop.signal, () => (calls += 4));
    other?.();
    assert.equal(listeners(), 1);
    stop.abort();
    assert.deepEqual([calls, listeners()], [4, 0]);
  });
});
