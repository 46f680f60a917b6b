import assert from 'node:assert/strict';
import { createProgressReporter } from '../../../lib/dify/progress';
import { manualClock } from '../../support/manual-clock';

describe('progress', () => {
  it('is told at once, then at a bounded rate, the latest text only, and never twice', async () => {
    const clock = manualClock();
    const told: string[] = [];
    let cleaned = 0;
    const reporter = createProgressReporter({ clock, everyMs: 1000, onProgress: (text) => told.push(text) });
    let text = '';
    for (const word of 'a b c d'.split(' ')) {
      text += word;
      reporter.changed(() => {
        cleaned += 1;
        return text;
      });
    }
    assert.deepEqual(told, ['a']);
    await clock.advance(1000);
    assert.deepEqual(told, ['a', 'abcd']);
    assert.equal(cleaned, 2);
    reporter.changed(() => text);
    await clock.advance(5000);
    assert.equal(told.length, 2);
    reporter.changed(() => 'abcde');
    reporter.changed(() => 'abcdef');
    reporter.close();
    await clock.advance(5000);
    assert.deepEqual(told, ['a', 'abcd', 'abcde']);
    assert.equal(clock.pending(), 0);
  });

  it('that its listener cannot bear harms nobody', async () => {
    const clock = manualClock();
    let told = 0;
    const onProgress = (): void => {
      told += 1;
      throw new Error('listener');
    };
    const reporter = createProgressReporter({ clock, everyMs: 10, onProgress });
    reporter.changed(() => 'a');
    reporter.changed(() => 'b');
    await clock.advance(10);
    assert.equal(told, 2);
    reporter.close();
  });
});
