import assert from 'node:assert/strict';
import { getActiveResourcesInfo } from 'node:process';
import { until } from '../../support/until';

describe('waiting for a condition', () => {
  const inVain = /^Error: waited in vain for it\b/;
  const notYet = (): never => assert.fail('not yet');
  const away = (): never => {
    throw new Error('away');
  };
  const timers = (): number => getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

  it('ends when it is so, or when the answer to it is', async () => {
    for (const last of [true, Promise.resolve(true)]) {
      const answers = [false, Promise.resolve(false), last];
      await until(() => answers.shift() ?? notYet(), 'it');
      assert.deepEqual(answers, []);
    }
  });

  it('asks again after a rejection, and after a throw of an async function', async () => {
    const answers = [() => Promise.reject(new Error('away')), async () => away(), async () => true];
    await until(() => answers.shift()?.() ?? notYet(), 'it');
    assert.deepEqual(answers, []);
  });

  it('throws what a condition throws at once, and what an assertion rejects with', async () => {
    await assert.rejects(until(away, 'it'), { message: 'away' });
    await assert.rejects(
      until(async () => notYet(), 'it'),
      { message: 'not yet' },
    );
  });

  it('says why it was not yet so', async () => {
    await assert.rejects(
      until(async () => away(), 'it', 30),
      { message: 'waited in vain for it, as Error: away' },
    );
  });

  it('asks one question at a time', async () => {
    let [asked, underWay, most] = [0, 0, 0];
    await until(async () => {
      asked += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 10));
      underWay -= 1;
      return asked === 3;
    }, 'it');
    assert.equal(most, 1);
  });

  it('gives up after its deadline, also when an answer never comes', async () => {
    const silent = new Promise<boolean>(() => undefined);
    for (const answer of [() => false, async () => false, async () => away(), () => silent]) {
      const from = performance.now();
      await assert.rejects(until(answer, 'it', 30), inVain);
      assert.ok(performance.now() - from >= 30);
    }
  });

  it('leaves no timer behind', async () => {
    // Mocha has one of its own from here on.
    await Promise.resolve();
    const before = timers();
    await until(() => Promise.resolve(true), 'it');
    assert.equal(timers(), before);
  });

  for (const [kind, answer] of [
    ['given at once', () => false],
    ['given later', async () => false],
    ['a rejection', async () => away()],
  ] as const) {
    it(`is not in a hurry when the answer is ${kind}`, async () => {
      let asked = 0;
      const count = (): boolean | Promise<boolean> => ((asked += 1), answer());
      await assert.rejects(until(count, 'it', 40), inVain);
      assert.ok(asked <= 41, `asked ${asked} times`);
    });
  }
});
