import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { textAt } from '../../../lib/core/fields';
import type { FlowOutcome } from '../../../nodes/runtime/flow-tracker';
import type { Host } from '../../../nodes/runtime/flow-tracker/host';
import { usualTiming, type Timers } from '../../../nodes/runtime/flow-tracker/timers';
import { createFlowTracker } from '../../../nodes/runtime/flow-tracker/tracker';
import { readJson, root } from '../../../scripts/pack.cjs';

/** Time that stands still until it is moved on; turns of the loop come at once. */
function manualTimers(): Timers & { advance(ms: number): void } {
  const waiting = new Set<{ dueAt: number; act: () => void }>();
  let now = 0;
  return {
    now: () => now,
    after(ms, act) {
      const timer = { dueAt: now + ms, act };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    nextTurn: (act) => act(),
    advance(ms) {
      now += ms;
      for (const timer of [...waiting].filter(({ dueAt }) => dueAt <= now)) {
        waiting.delete(timer);
        timer.act();
      }
    },
  };
}

function hostWithoutHooks(warnings: string[]): Host {
  return {
    hooks: undefined,
    events: new EventEmitter(),
    errorLevel: 20,
    deliversSynchronously: false,
    instanceOf: () => undefined,
    listenToLog: () => assert.fail('nothing to listen for'),
    warn: (key) => void warnings.push(key),
    complain: (thrown) => assert.fail(String(thrown)),
    newMessageId: () => 'new',
  };
}

describe('flow tracker where there are no hooks (the node test helper)', () => {
  const warnings: string[] = [];
  const timers = manualTimers();
  const tracker = createFlowTracker(hostWithoutHooks(warnings), timers);
  const track = (message: object, outcomes: FlowOutcome[]): void => {
    const onEnd = (outcome: FlowOutcome): void => void outcomes.push(outcome);
    tracker.track(message, { label: 'test', timeoutMs: 600_000, hardCapMs: 6_000_000, onEnd });
  };
  beforeEach(() => void (warnings.length = 0));

  it('ends a flow soon', () => {
    const outcomes: FlowOutcome[] = [];
    track({}, outcomes);
    assert.deepEqual(outcomes, []);
    timers.advance(usualTiming.shortQuietMs);
    assert.deepEqual(outcomes, [{ how: 'finished', by: 'no-hooks' }]);
  });

  it('waits for those who hold it', () => {
    const outcomes: FlowOutcome[] = [];
    const message = { payload: 1 };
    track(message, outcomes);
    const release = tracker.hold(structuredClone(message));
    timers.advance(1_000);
    assert.deepEqual(outcomes, []);
    release();
    release();
    assert.deepEqual(outcomes, [{ how: 'finished', by: 'report' }]);
  });

  it('counts the limit from the last activity, and names who holds on', () => {
    const outcomes: FlowOutcome[] = [];
    const message = {};
    track(message, outcomes);
    const node = { id: 'n1', type: 'dify-chatflow' };
    timers.advance(50);
    tracker.hold(message, node);
    timers.advance(599_960);
    assert.deepEqual(outcomes, []);
    timers.advance(100);
    assert.deepEqual(outcomes, [{ how: 'unknown', by: 'limit', openNodes: [node] }]);
    assert.deepEqual(warnings, ['limit']);
  });

  it('does nothing for a message that is nobody’s', () => {
    assert.equal(tracker.of({}), undefined);
    tracker.hold({})();
    tracker.finishNow({});
  });
});

describe('flow tracker: what it says to people', () => {
  const placeholders: Record<string, string[]> = {
    limit: ['__label__', '__seconds__', '__nodes__'],
    wentOn: ['__label__', '__node__'],
    slowHook: [],
  };
  for (const language of ['en-US', 'ru']) {
    for (const [key, names] of Object.entries(placeholders)) {
      it(`${key} in ${language}`, () => {
        const catalogue = readJson(join(root, 'nodes/runtime/locales', `${language}.json`));
        const text = textAt(catalogue, 'bitlane', 'tracker', key) ?? assert.fail('no text');
        assert.deepEqual((text.match(/__\w+?__/g) ?? []).sort(), [...names].sort());
      });
    }
  }
});
