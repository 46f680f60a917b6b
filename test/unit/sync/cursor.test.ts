import assert from 'node:assert/strict';
import type { SyncEnd } from '../../../lib/sync/source';
import type { FakeCall } from './fake-history';
import { broken, done, KEY, openScene, range } from './scene';

describe('sync cursor: a run', () => {
  it('hands out each wanted row once, in order, and nothing at the next start', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.add(...range(1, 12));
    scene.history.judgeAs('unwanted', 3, 7);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 2, 4, 5, 6, 8, 9, 10, 11, 12]);
    assert.equal(scene.last().how, 'done');
    assert.equal(scene.last().sent, 10);
    assert.equal(scene.last().skipped, 2);
    assert.equal(scene.last().handled, 12);
    assert.equal(scene.last().position, 12);
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.handed.length, 10);
    assert.equal(scene.summaries.length, 2);
    assert.equal(scene.last().handled, 0);
  });

  it('keeps no more rows in the flow than it may, and reads at most one page ahead', async () => {
    const scene = openScene({ inFlight: 2, pageSize: 3 });
    scene.history.add(...range(1, 20));
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.inHand(), [1, 2]);
    assert.deepEqual(scene.history.asked, ['after 0', 'after 3', 'count after 0']);
    await scene.end(2);
    assert.deepEqual(scene.inHand(), [1, 3]);
    assert.deepEqual(scene.history.asked.length, 3);
    await scene.end(3);
    assert.deepEqual(scene.inHand(), [1, 4]);
    assert.deepEqual(scene.history.asked, ['after 0', 'after 3', 'count after 0', 'after 6']);
  });

  it('goes on past a slow row, keeps one small record, and comes back for that row alone after a crash', async () => {
    const scene = openScene({ inFlight: 2 });
    scene.history.add(...range(1, 50));
    scene.cursor.start();
    await scene.pass();
    for (const id of range(2, 40)) await scene.end(id);
    assert.deepEqual(scene.inHand(), [1, 41]);
    assert.equal(scene.cursor.status().position, 0);
    const record = JSON.stringify(await scene.store.get(KEY));
    assert.ok(record.length < 120, record);
    const next = await scene.crash();
    next.cursor.start();
    await next.pass();
    assert.deepEqual(next.inHand(), [1, 41]);
    assert.ok(next.history.asked.includes('ids 1'));
    await next.end(1);
    assert.equal(next.cursor.status().position, 40);
    await next.cursor.close();
  });

  it('writes once for each row that was sent and once a page for those that were skipped', async () => {
    const scene = openScene({ ends: () => done, inFlight: 1, pageSize: 10 });
    scene.history.add(...range(1, 40));
    scene.history.judgeAs('unwanted', ...range(11, 40));
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.writes, new Array(10 + 3).fill(KEY));
  });

  it('runs once at a time, and looks once more at its end when started meanwhile', async () => {
    const scene = openScene();
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass();
    scene.history.add(2);
    scene.cursor.start();
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.inHand(), [1, 2]);
    await scene.end(1);
    await scene.end(2);
    assert.equal(scene.summaries.length, 1);
    assert.equal(scene.last().sent, 2);
    assert.equal(scene.history.asked.filter((what) => what.startsWith('after')).length, 2);
  });

  it('makes no noise with many rows in the flow', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', onWarning);
    const scene = openScene({ inFlight: 40 });
    scene.history.add(...range(1, 50));
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.inHand().length, 40);
    for (const id of range(1, 30)) await scene.end(id, broken());
    await scene.cursor.close();
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  });

  it('takes a row that was written late, with an old date', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.add(1, 2);
    scene.cursor.start();
    await scene.pass();
    scene.history.rows.set(3, { id: 3, verdict: 'wanted', at: 1000 });
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 2, 3]);
  });
});

describe('sync cursor: rows that fail', () => {
  it('tries again after growing pauses without holding up the others', async () => {
    const scene = openScene({ inFlight: 2 });
    scene.history.add(1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    await scene.end(1, broken());
    await scene.end(2);
    assert.deepEqual(scene.inHand(), [3]);
    await scene.pass(999);
    assert.deepEqual(scene.inHand(), [3]);
    await scene.pass(1);
    assert.deepEqual(scene.inHand(), [3, 1]);
    await scene.end(1, broken());
    await scene.pass(4999);
    assert.deepEqual(scene.inHand(), [3]);
    await scene.pass(1);
    assert.deepEqual(
      scene.handed.filter(({ id }) => id === 1).map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    await scene.end(1);
    await scene.end(3);
    assert.equal(scene.last().sent, 3);
    assert.equal(scene.last().failed, 0);
  });

  it('puts a row that failed too often into the failed list, on record before the cursor passes it', async () => {
    const scene = openScene({ ends: (id) => (id === 2 ? broken('the flow broke') : done), inFlight: 1 });
    scene.history.add(1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    await scene.pass(30_000);
    const attempts = scene.handed.filter(({ id }) => id === 2).map(({ attempt }) => attempt);
    assert.deepEqual(attempts, [1, 2, 3, 4, 5, 6]);
    const { rows, total } = await scene.cursor.failed();
    assert.equal(total, 1);
    assert.deepEqual(
      rows.map(({ id, reason, tries, title }) => ({ id, reason, tries, title })),
      [{ id: 2, reason: 'the flow broke', tries: 6, title: 'call 2' }],
    );
    assert.deepEqual(scene.writes, [KEY, KEY, `${KEY}:failed:2*`, KEY]);
    assert.equal(scene.cursor.status().position, 3);
    assert.deepEqual(
      scene.failures.map(({ id }) => id),
      [2],
    );
  });

  it('does not try again what is final', async () => {
    const scene = openScene({ ends: () => broken('never', true) });
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.handed.length, 1);
    assert.equal(scene.last().failed, 1);
  });

  it('takes what is thrown for a failure, without its secrets', async () => {
    const thrown = new Error('GET https://a.bitrix24.com/rest/1/abcdefghijklmnop/ failed');
    const deliver = ({ id }: FakeCall): Promise<SyncEnd> =>
      id === 1 ? Promise.reject(thrown) : Promise.resolve(done);
    const scene = openScene({ deliver, attempts: 1 });
    scene.history.add(1, 2);
    scene.cursor.start();
    await scene.pass();
    const [row] = (await scene.cursor.failed()).rows;
    assert.match(row?.reason ?? '', /failed/);
    assert.doesNotMatch(row?.reason ?? '', /abcdefghijklmnop/);
  });

  it('puts a row that cannot be judged into the failed list, and goes on', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.add(1, 2);
    const { judge } = scene.history;
    scene.history.judge = (call) => {
      if (call.id === 1) throw new Error('an odd row');
      return judge(call);
    };
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [2]);
    assert.equal((await scene.cursor.failed()).rows[0]?.reason, 'an odd row');
  });

  it('does not count an interruption as an attempt', async () => {
    const scene = openScene({ attempts: 1 });
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass();
    for (let times = 0; times < 5; times += 1) {
      await scene.end(1, { how: 'interrupted' });
      await scene.pass(15_000);
    }
    assert.deepEqual(
      scene.handed.map(({ attempt }) => attempt),
      [1, 1, 1, 1, 1, 1],
    );
    await scene.end(1);
    assert.equal(scene.last().sent, 1);
  });
});
