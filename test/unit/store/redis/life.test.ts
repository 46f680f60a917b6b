import assert from 'node:assert/strict';
import { createLife } from '../../../../lib/store/redis/life';

describe('signs of life', () => {
  let elapsed = 0;
  let at = 0;
  beforeEach(() => {
    elapsed = 0;
    at = 0;
  });
  const lifeOf = () => createLife({ deadAfterMs: 20_000, monotonic: () => elapsed, now: () => at });
  const pass = (ms: number): void => {
    elapsed += ms;
    at += ms;
  };
  const given = (): Promise<void> => Promise.resolve();

  it('hold for half the patience of the others', async () => {
    const life = lifeOf();
    assert.equal(life.isRecent(), false);
    await life.sign(given);
    pass(9999);
    assert.equal(life.isRecent(), true);
    pass(1);
    assert.equal(life.isRecent(), false);
  });

  it('count from when they were given', async () => {
    const life = lifeOf();
    await life.sign(async () => pass(30_000));
    assert.equal(life.isRecent(), false);
  });

  it('do not make good for a long silence', async () => {
    const life = lifeOf();
    await life.sign(given);
    const before = life.stretch();
    pass(9000);
    await life.sign(given);
    assert.equal(life.stretch(), before);
    pass(25_000);
    await life.sign(given);
    assert.equal(life.isRecent(), true);
    assert.notEqual(life.stretch(), before);
  });

  it('notice also a sleep in which one of the clocks stood still', async () => {
    const life = lifeOf();
    await life.sign(given);
    at += 25_000;
    assert.equal(life.isRecent(), false);
  });

  it('do not count when they were not heard', async () => {
    const life = lifeOf();
    await assert.rejects(life.sign(() => Promise.reject(new Error('away'))));
    assert.equal(life.isRecent(), false);
  });

  it('tell a process that stood still from one that nobody has heard', async () => {
    const life = lifeOf();
    const unheard = (): Promise<void> => Promise.reject(new Error('away'));
    await life.sign(given);
    for (let tries = 0; tries < 10; tries += 1) {
      pass(5000);
      await assert.rejects(life.sign(unheard));
    }
    assert.equal(life.standstills(), 0);
    pass(25_000);
    assert.equal(life.standstills(), 1);
    await assert.rejects(life.sign(unheard));
    assert.equal(life.standstills(), 1);
  });
});
