import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import type { SyncEnd } from '../../../lib/sync/source';
import { broken, done, HOUR, KEY, MINUTE, openScene, range, START } from './scene';

const codes = (errors: readonly Error[]): (string | undefined)[] =>
  errors.map((error) => textAt(error, 'code'));

describe('sync cursor: rows that the portal does not show', () => {
  it('are kept when it shows none of them, which ends the run', async () => {
    let isMended = false;
    const scene = openScene({ ends: (id) => (id > 3 && !isMended ? broken('x', true) : done) });
    scene.history.add(...range(1, 5));
    scene.history.judgeAs('late', 2, 3);
    scene.cursor.start();
    await scene.pass();
    const { byIds } = scene.history;
    scene.history.byIds = async () => [];
    scene.cursor.recheckLate();
    await scene.pass();
    scene.cursor.retryFailed();
    await scene.pass();
    assert.deepEqual(codes(scene.errors), ['SYNC_LIST', 'SYNC_LIST']);
    assert.deepEqual([scene.cursor.status().late, scene.cursor.status().failed], [2, 2]);
    scene.history.byIds = byIds;
    scene.history.judgeAs('wanted', 2, 3);
    isMended = true;
    scene.cursor.recheckLate();
    scene.cursor.retryFailed();
    await scene.pass();
    assert.deepEqual([scene.cursor.status().late, scene.cursor.status().failed], [0, 0]);
    assert.ok(scene.ids().includes(2) && scene.ids().includes(3));
  });

  it('and were in the flow at a crash stay open, and are listed after some looks over hours', async () => {
    const scene = openScene({
      ends: () => done,
      everyMs: 30 * MINUTE,
      stored: { [KEY]: { reached: 5, open: [3] } },
    });
    await scene.pass(HOUR);
    assert.equal(scene.failures.length, 0);
    await scene.pass(2 * HOUR);
    assert.deepEqual(
      scene.failures.map(({ id }) => id),
      [3],
    );
    assert.match(scene.failures[0]?.reason ?? '', /does not show it/);
    assert.equal(scene.cursor.status().position, 5);
    await scene.cursor.close();
  });

  it('and were late are listed when their time is over', async () => {
    const scene = openScene({ ends: () => done, everyMs: 30 * MINUTE, lateHours: 4 });
    scene.history.judgeAs('late', 1);
    await scene.pass();
    scene.history.rows.delete(1);
    await scene.pass(3 * HOUR);
    assert.deepEqual([scene.cursor.status().late, scene.failures.length], [1, 0]);
    await scene.pass(3 * HOUR);
    assert.match(scene.failures[0]?.reason ?? '', /does not show it/);
    await scene.cursor.close();
  });
});

describe('sync cursor: late rows of long ago', () => {
  for (const [what, end, listed] of [
    ['are listed when there was something that did not come', { how: 'late' }, [1]],
    ['are counted alone when it was lost', { how: 'late', isLost: true }, []],
  ] as const satisfies readonly (readonly [string, SyncEnd, readonly number[]])[]) {
    it(what, async () => {
      const scene = openScene({ ends: () => end, everyMs: 5 * MINUTE });
      scene.history.rows.set(1, { id: 1, verdict: 'wanted', at: START - 500 * HOUR });
      await scene.pass(24 * HOUR);
      assert.deepEqual(
        scene.failures.map(({ id }) => id),
        listed,
      );
      assert.equal(scene.cursor.status().late, 0);
      assert.equal(
        scene.summaries.reduce((sum, { givenUp }) => sum + givenUp, 0),
        1,
      );
      await scene.cursor.close();
    });
  }
});

describe('sync cursor: what a person has stopped', () => {
  it('stays stopped, whatever news come, also without a schedule', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.add(1);
    await scene.cursor.stop();
    scene.cursor.soon(1000);
    await scene.pass(HOUR);
    assert.deepEqual(scene.ids(), []);
    assert.equal(scene.cursor.status().isHeld, true);
    scene.cursor.start();
    await scene.pass();
    scene.history.add(2);
    scene.cursor.soon(1000);
    await scene.pass(1000);
    assert.deepEqual(scene.ids(), [1, 2]);
  });

  it('stays stopped in the next process, until it is started', async () => {
    const scene = openScene({ ends: () => done, everyMs: 5 * MINUTE });
    scene.history.add(1);
    await scene.pass();
    await scene.cursor.stop();
    scene.history.add(2);
    const second = await scene.crash();
    await second.pass(HOUR);
    assert.deepEqual([second.ids(), second.cursor.status().isHeld], [[], true]);
    await second.cursor.reset();
    const third = await second.crash();
    await third.pass(HOUR);
    assert.deepEqual(third.ids(), []);
    third.cursor.start();
    await third.pass();
    const fourth = await third.crash();
    fourth.history.add(3);
    await fourth.pass();
    assert.deepEqual([third.ids(), fourth.ids()], [[1, 2], [3]]);
    await fourth.cursor.close();
  });
});

describe('sync cursor: taking turns', () => {
  it('does what a person asks for while a long run goes on', async () => {
    let isMended = false;
    const ends = (id: number): SyncEnd => (id === 1 && !isMended ? broken('x', true) : done);
    const scene = openScene({ inFlight: 1, ends });
    scene.history.add(1);
    scene.history.judgeAs('late', 2);
    scene.cursor.start();
    await scene.pass();
    isMended = true;
    scene.history.judgeAs('wanted', 2);
    scene.history.add(...range(3, 500));
    scene.history.before = () => scene.clock.sleep(MINUTE);
    scene.cursor.start();
    await scene.pass(5 * MINUTE);
    scene.cursor.retryFailed();
    scene.cursor.recheckLate();
    await scene.pass(10 * MINUTE);
    assert.ok(scene.ids().filter((id) => id === 1).length === 2 && scene.ids().includes(2));
    assert.equal(scene.cursor.status().state, 'running');
    await scene.cursor.close();
  });

  it('reads new rows although many late ones are due', async () => {
    const scene = openScene({ ends: () => done, pageSize: 500 });
    scene.history.judgeAs('late', ...range(1, 2000));
    scene.cursor.start();
    await scene.pass(3 * MINUTE);
    scene.history.add(2001);
    scene.history.asked.length = 0;
    scene.cursor.start();
    await scene.pass();
    const place = scene.history.asked.findIndex((what) => what.startsWith('after'));
    assert.ok(place >= 0 && place <= 2, `${place} requests before`);
    assert.deepEqual(scene.ids(), [2001]);
    assert.equal(scene.history.asked.filter((what) => what.startsWith('ids')).length, 40);
  });
});

describe('sync cursor: an error that goes on', () => {
  it('is told once, although each answer has an id of its own', async () => {
    let request = 0;
    const scene = openScene({
      everyMs: MINUTE,
      ends: () => ({
        how: 'halted',
        error: new Error(`SPEECHSENSE_DENIED: no right (request ${(request += 1)}-a1b2, trace fe${request})`),
      }),
    });
    scene.history.add(...range(1, 10));
    await scene.pass(120 * MINUTE);
    assert.ok(request > 100);
    assert.equal(scene.errors.length, 1);
    await scene.cursor.close();
  });
});
