import assert from 'node:assert/strict';
import { broken, done, HOUR, KEY, MINUTE, openScene, START } from './scene';

describe('sync cursor: late rows', () => {
  it('puts a row on record before it passes it, and hands it out when what was missing is there', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.add(1, 3);
    scene.history.judgeAs('late', 2);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 3]);
    assert.equal(scene.cursor.status().late, 1);
    assert.equal(scene.cursor.status().position, 3);
    assert.equal(scene.cursor.status().nextLateAt, START + 2 * MINUTE);
    assert.equal(scene.writes[0], `${KEY}:late:2*`);
    scene.history.judgeAs('wanted', 2);
    await scene.pass(2 * MINUTE - 1);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 3]);
    await scene.pass(1);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 3, 2]);
    assert.equal(scene.handed[2]?.isLate, true);
    assert.equal(scene.handed[0]?.isLate, false);
    assert.equal(scene.cursor.status().late, 0);
    assert.equal(scene.cursor.status().nextLateAt, undefined);
  });

  it('looks at late rows before it reads on', async () => {
    const scene = openScene({ ends: () => done, inFlight: 1 });
    scene.history.judgeAs('late', 1);
    scene.cursor.start();
    await scene.pass(2 * MINUTE);
    scene.history.judgeAs('wanted', 1);
    scene.history.add(2);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 2]);
  });

  it('looks less and less often, and gives up after its time, once and saying so', async () => {
    const scene = openScene({ lateHours: 24, ends: () => done });
    scene.history.judgeAs('late', 1);
    scene.cursor.start();
    await scene.pass();
    const looks: number[] = [];
    let asked = scene.history.asked.length;
    for (let minute = 1; minute <= 25 * 60; minute += 1) {
      await scene.clock.advance(MINUTE);
      scene.cursor.start();
      await scene.clock.advance(0);
      const news = scene.history.asked.slice(asked);
      asked = scene.history.asked.length;
      if (news.includes('ids 1')) looks.push(minute);
    }
    assert.deepEqual(looks, [2, 7, 22, 82, 322, 562, 802, 1042, 1282, 1440]);
    const { rows } = await scene.cursor.failed();
    assert.deepEqual(
      rows.map(({ id, title, tries }) => ({ id, title, tries })),
      [{ id: 1, title: 'call 1', tries: 10 }],
    );
    assert.match(rows[0]?.reason ?? '', /^SYNC_GIVEN_UP: /);
    assert.deepEqual(scene.failures, rows);
    assert.equal(scene.cursor.status().late, 0);
    assert.equal(await scene.store.get(`${KEY}:late:1`), undefined);
    assert.equal(
      scene.summaries.reduce((sum, { givenUp }) => sum + givenUp, 0),
      1,
    );
  });

  it('takes a last look at a row whose time was over while nobody looked', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.judgeAs('late', 1, 2);
    scene.cursor.start();
    await scene.pass(500 * HOUR);
    scene.history.judgeAs('wanted', 1);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1]);
    assert.deepEqual(
      scene.failures.map(({ id }) => id),
      [2],
    );
  });

  it('waits less for a row of long ago, which is met when a history is first read, and only counts it', async () => {
    const scene = openScene({ lateHours: 48 });
    scene.history.rows.set(1, { id: 1, verdict: 'late', at: START - 49 * HOUR });
    scene.history.rows.set(2, { id: 2, verdict: 'late', at: START - 47 * HOUR });
    scene.cursor.start();
    for (let minute = 0; minute < 100; minute += 1) {
      await scene.pass(MINUTE);
      scene.cursor.start();
      await scene.pass();
    }
    assert.equal(
      scene.summaries.reduce((sum, { givenUp }) => sum + givenUp, 0),
      1,
    );
    assert.equal(scene.cursor.status().late, 1);
    // Thousands may be like it: they are counted, and no more.
    assert.deepEqual(scene.failures, []);
  });

  it("counts from the time of the row when the portal's clock is ahead", async () => {
    const scene = openScene({ lateHours: 1 });
    scene.history.rows.set(1, { id: 1, verdict: 'late', at: START + HOUR / 2 });
    scene.cursor.start();
    await scene.pass(HOUR);
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.failures.length, 0);
    await scene.pass(HOUR / 2);
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.failures.length, 1);
  });

  it('takes the word of the flow that it is late, which is no failed attempt', async () => {
    const scene = openScene({ attempts: 1 });
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass();
    await scene.end(1, { how: 'late' });
    assert.equal(scene.last().late, 1);
    assert.equal(scene.last().failed, 0);
    assert.equal(scene.cursor.status().position, 1);
    await scene.pass(2 * MINUTE);
    scene.cursor.start();
    await scene.pass();
    await scene.end(1, { how: 'late' });
    assert.equal(scene.cursor.status().nextLateAt, START + 7 * MINUTE);
    await scene.pass(5 * MINUTE);
    scene.cursor.start();
    await scene.pass();
    await scene.end(1);
    assert.deepEqual(
      scene.handed.map(({ attempt, isLate }) => [attempt, isLate]),
      [
        [1, false],
        [1, true],
        [1, true],
      ],
    );
    assert.equal(scene.last().sent, 1);
  });

  it('drops rows that are no longer wanted, and waits on for one that the portal does not show', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.judgeAs('late', 1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    scene.history.rows.delete(1);
    scene.history.judgeAs('unwanted', 2);
    scene.cursor.recheckLate();
    await scene.pass();
    assert.deepEqual([scene.last().late, scene.last().skipped], [2, 1]);
    assert.equal(scene.cursor.status().late, 2);
    assert.deepEqual(scene.ids(), []);
  });

  it('looks at all of them when asked to, due or not, and at nothing else', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.judgeAs('late', ...Array.from({ length: 120 }, (_, index) => index + 1));
    scene.cursor.start();
    await scene.pass();
    scene.history.judgeAs('wanted', 120);
    scene.history.add(500);
    scene.history.asked.length = 0;
    scene.cursor.recheckLate();
    await scene.pass();
    assert.deepEqual(scene.ids(), [120]);
    assert.deepEqual(
      scene.history.asked.map((what) => what.split(' ').length - 1),
      [50, 50, 20],
    );
  });

  it('puts a late row that fails into the failed list, and takes it out of the late ones', async () => {
    const scene = openScene({ ends: () => broken('still no luck', true) });
    scene.history.judgeAs('late', 1);
    scene.cursor.start();
    await scene.pass();
    scene.history.judgeAs('wanted', 1);
    scene.cursor.recheckLate();
    await scene.pass();
    assert.equal(scene.cursor.status().late, 0);
    assert.equal(scene.cursor.status().failed, 1);
  });

  it('remembers them over a crash, with the looks so far', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.judgeAs('late', 1);
    scene.cursor.start();
    await scene.pass(2 * MINUTE);
    scene.cursor.start();
    await scene.pass();
    const next = await scene.crash();
    await next.pass();
    assert.equal(next.cursor.status().late, 1);
    assert.equal(next.cursor.status().nextLateAt, START + 7 * MINUTE);
    next.cursor.start();
    await next.pass(5 * MINUTE);
    next.history.judgeAs('wanted', 1);
    next.cursor.start();
    await next.pass();
    assert.deepEqual(next.ids(), [1]);
  });

  it('looks at them although the clock was set back by years', async () => {
    const scene = openScene({ startMs: START });
    scene.history.judgeAs('late', 1);
    scene.cursor.start();
    await scene.pass();
    const stored = {
      [KEY]: { reached: 1, open: [] },
      [`${KEY}:late:1`]: await scene.store.get(`${KEY}:late:1`),
    };
    const next = openScene({ startMs: START - 1000 * 24 * HOUR, ends: () => done, stored });
    next.history.add(1);
    next.cursor.start();
    await next.pass();
    await next.pass();
    assert.deepEqual(next.ids(), [1]);
  });

  it('leaves alone a late row that the cursor has not passed yet, so that it is not sent twice', async () => {
    // As a crash leaves it that comes between the two writes.
    const stored = { [`${KEY}:late:2`]: { firstSeen: START, tries: 0, nextTry: START } };
    const scene = openScene({ ends: () => done, stored });
    scene.history.add(1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 3]);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 3, 2]);
  });
});
