import assert from 'node:assert/strict';
import { systemClock } from '../../../lib/core/clock';
import { createReadBudget, readBudgetOf } from '../../../lib/speechsense/read-budget';
import { manualClock } from '../../support/manual-clock';

const hourMs = 3600_000;

describe('the budget of reading talks', () => {
  it('leaves room again when the time of what was spent is over', () => {
    const budget = createReadBudget();
    const most = budget.room(0);
    assert.ok(most > 0 && most <= 20);
    budget.spend(most, 0);
    assert.equal(budget.room(999), 0);
    assert.equal(budget.freeAt(999), 1000);
    assert.equal(budget.room(1000), most);
  });

  it('keeps within the quota of a minute, an hour and a day when everything is spent at once', () => {
    const budget = createReadBudget();
    const spent: { at: number; talks: number }[] = [];
    for (let now = 0; now < 2 * hourMs; now = budget.freeAt(now)) {
      const talks = budget.room(now);
      assert.ok(talks > 0);
      budget.spend(talks, now);
      spent.push({ at: now, talks });
    }
    for (const [ms, most] of [
      [1000, 20],
      [60_000, 200],
      [hourMs, 2000],
    ] as const) {
      for (const { at } of spent) {
        const sum = spent
          .filter((other) => other.at >= at && other.at < at + ms)
          .reduce((total, { talks }) => total + talks, 0);
        assert.ok(sum <= most, `${sum} within ${ms} ms`);
      }
    }
  });

  it('is one for a project at one address, and another for every other', () => {
    const clock = manualClock();
    const budget = readBudgetOf('a:443', 'p', clock);
    assert.equal(readBudgetOf('a:443', ' p ', clock), budget);
    for (const other of [
      readBudgetOf('a:443', 'q', clock),
      readBudgetOf('b:443', 'p', clock),
      readBudgetOf('a:443', 'p', systemClock),
    ]) {
      assert.notEqual(other, budget);
    }
    for (const none of [undefined, '', ' ']) {
      assert.notEqual(readBudgetOf('a:443', none, clock), readBudgetOf('a:443', none, clock));
    }
  });

  it('is not closed for a day because the clock was set back', () => {
    const budget = createReadBudget();
    budget.spend(16_000, 30 * hourMs);
    assert.equal(budget.room(30 * hourMs + 5000), 0);
    assert.ok(budget.room(hourMs) > 0);
  });
});
