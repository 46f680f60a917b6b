import assert from 'node:assert/strict';
import { viewCursor } from '../../../lib/sync/cursor-view';
import { keyOf } from '../../../lib/sync/cursor-key';
import { createCursorRegistry } from '../../../lib/sync/registry';
import { BitlaneError, RefusedError } from '../../../lib/core/errors';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { broken, done, KEY, MINUTE, NAME, openScene, START } from './scene';

describe('sync cursor: running by itself', () => {
  it('runs at once and then every so often', async () => {
    const scene = openScene({ everyMs: 10 * MINUTE, ends: () => done });
    scene.history.add(1);
    await scene.pass();
    assert.deepEqual(scene.ids(), [1]);
    scene.history.add(2);
    await scene.pass(10 * MINUTE - 1);
    assert.deepEqual(scene.ids(), [1]);
    await scene.pass(1);
    assert.deepEqual(scene.ids(), [1, 2]);
    assert.equal(scene.last().by, 'schedule');
    await scene.cursor.close();
    await scene.pass(60 * MINUTE);
    assert.equal(scene.summaries.length, 2);
    assert.equal(scene.clock.pending(), 0);
  });

  it('hands out after a crash at once what had not ended, when a schedule is set', async () => {
    const scene = openScene({ everyMs: 60 * MINUTE });
    scene.history.add(1);
    await scene.pass();
    assert.deepEqual(scene.inHand(), [1]);
    const next = await scene.crash();
    await next.pass();
    assert.deepEqual(next.inHand(), [1]);
    await next.cursor.close();
  });

  it('waits for a start after a crash when there is none', async () => {
    const scene = openScene();
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass();
    const next = await scene.crash();
    await next.pass(60 * MINUTE);
    assert.deepEqual(next.inHand(), []);
    next.cursor.start();
    await next.pass();
    assert.deepEqual(next.inHand(), [1]);
    await next.cursor.close();
  });

  it('stays stopped until it is started', async () => {
    const scene = openScene({ everyMs: MINUTE, ends: () => done });
    await scene.pass();
    await scene.cursor.stop();
    scene.history.add(1);
    scene.cursor.soon(1000);
    await scene.pass(10 * MINUTE);
    assert.deepEqual(scene.ids(), []);
    assert.equal(scene.cursor.status().isHeld, true);
    scene.cursor.start();
    await scene.pass();
    scene.history.add(2);
    await scene.pass(MINUTE);
    assert.deepEqual(scene.ids(), [1, 2]);
    await scene.cursor.close();
  });

  it('runs soon after news, once for news that keep coming', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.add(1);
    for (let second = 0; second < 100; second += 1) {
      scene.cursor.soon(45_000);
      await scene.clock.advance(1000);
    }
    await scene.pass();
    assert.equal(scene.summaries.length, 2);
    assert.equal(scene.last().by, 'event');
    assert.deepEqual(scene.ids(), [1]);
    await scene.cursor.close();
    assert.equal(scene.clock.pending(), 0);
  });

  it('says an error once for each message until a run is well, but always to a person', async () => {
    const scene = openScene({ everyMs: MINUTE });
    const answers = ['away', 'away', 'limit', 'away', undefined, 'away'];
    scene.history.before = async () => {
      const answer = answers[scene.summaries.length];
      if (answer !== undefined) throw new Error(answer);
    };
    await scene.pass();
    for (let times = 1; times < answers.length; times += 1) await scene.pass(MINUTE);
    assert.deepEqual(
      scene.summaries.map(({ how }) => how),
      ['failed', 'failed', 'failed', 'failed', 'done', 'failed'],
    );
    assert.deepEqual(
      scene.errors.map(({ message }) => message),
      ['away', 'limit', 'away'],
    );
    answers.push('away', 'away');
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.errors.length, 4);
    assert.equal(scene.last().by, 'person');
    await scene.cursor.close();
  });

  it('says that the store is away, and works when it is back', async () => {
    let isAway = true;
    const store = createMemoryStore();
    const scene = openScene({
      ends: () => done,
      store: () => (isAway ? Promise.reject(new Error('no store')) : Promise.resolve(store)),
    });
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.last().how, 'failed');
    assert.equal(scene.cursor.status().error?.message, 'no store');
    isAway = false;
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1]);
    assert.equal(scene.cursor.status().error, undefined);
  });
});

describe('sync cursor: two of them', () => {
  it('work side by side under different names', async () => {
    const registry = createCursorRegistry();
    const one = openScene({ registry, ends: () => done });
    one.history.add(1);
    const name = { ...NAME, cursor: 'default:late:1' };
    const store = (): Promise<typeof one.store> => Promise.resolve(one.store);
    const other = openScene({ registry, name, store, ends: () => done });
    other.history.add(7);
    one.cursor.start();
    other.cursor.start();
    await one.pass();
    await other.pass();
    assert.deepEqual([one.cursor.status().position, other.cursor.status().position], [1, 7]);
    assert.equal(one.cursor.status().late, 0);
    assert.notEqual(keyOf(name), `${KEY}:late:1`);
  });

  it('are told when they have the same name, and the second does nothing until the first is gone', async () => {
    const registry = createCursorRegistry();
    const one = openScene({ registry, ends: () => done });
    one.history.add(1);
    const other = openScene({ registry, ends: () => done });
    other.history.add(1);
    await other.pass();
    const codes = [...one.errors, ...other.errors].map((error) =>
      error instanceof BitlaneError ? [error.code, error.params.cursor] : [],
    );
    assert.deepEqual(codes, [
      ['CONFIG_CURSOR_TAKEN', 'default'],
      ['CONFIG_CURSOR_TAKEN', 'default'],
    ]);
    other.cursor.start();
    await other.pass();
    assert.equal(other.last().how, 'failed');
    assert.deepEqual(other.ids(), []);
    await assert.rejects(other.cursor.reset(), { code: 'CONFIG_CURSOR_TAKEN' });
    await assert.rejects(other.cursor.dropFailed(), { code: 'CONFIG_CURSOR_TAKEN' });
    assert.equal(one.errors.length, 1);
    one.cursor.start();
    await one.pass();
    assert.deepEqual(one.ids(), [1]);
    await one.cursor.close();
    other.cursor.start();
    await other.pass();
    assert.deepEqual(other.ids(), [1]);
  });
});

describe('sync cursor: dry run', () => {
  it('counts and lists what a start would send, sending and writing nothing', async () => {
    const scene = openScene({ ends: (id) => (id === 2 ? broken('x', true) : done), pageSize: 3 });
    scene.history.add(2);
    scene.history.judgeAs('late', 1);
    scene.cursor.start();
    await scene.pass(2 * MINUTE);
    scene.history.judgeAs('wanted', 1);
    scene.history.add(3, 5, 6, 7);
    scene.history.judgeAs('late', 4);
    scene.history.judgeAs('unwanted', 8);
    const before = { writes: scene.writes.length, handed: scene.handed.length };
    assert.deepEqual(await scene.cursor.dryRun({ limit: 2 }), {
      rows: [
        { id: 1, title: 'call 1', isLate: true },
        { id: 3, title: 'call 3', isLate: false },
      ],
      looked: 7,
      wanted: 5,
      late: 1,
      unwanted: 1,
    });
    assert.deepEqual({ writes: scene.writes.length, handed: scene.handed.length }, before);
    assert.equal(scene.cursor.status().position, 2);
    scene.handed.length = 0;
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.handed.length, 5);
  });

  it('ends when it is told to', async () => {
    const scene = openScene();
    scene.history.before = () => new Promise(() => undefined);
    const stop = new AbortController();
    const running = scene.cursor.dryRun({ signal: stop.signal });
    stop.abort();
    await assert.rejects(running, { code: 'CANCELLED' });
  });
});

describe('sync cursor: what is seen of it', () => {
  it('shows how far it is', async () => {
    const scene = openScene({ inFlight: 2, pageSize: 100 });
    for (let id = 1; id <= 20; id += 1) scene.history.rows.set(id, { id, verdict: 'wanted', at: id });
    scene.cursor.start();
    await scene.pass();
    for (let id = 1; id <= 10; id += 1) {
      await scene.pass(1000);
      await scene.end(id);
    }
    const status = scene.cursor.status();
    assert.deepEqual(
      { ...status },
      {
        ...{ state: 'running', handled: 10, total: 20, sent: 10, skipped: 0, givenUp: 0, gone: 0 },
        ...{ inFlight: 2, late: 0, failed: 0, isHeld: false, startedAt: START, ratePerMinute: 60 },
        position: 10,
        movedAt: START + 10_000,
        last: { id: 10, title: 'call 10', at: 10 },
      },
    );
    assert.deepEqual(viewCursor(NAME, scene.cursor), { ...NAME, ...status, share: 0.5, minutesLeft: 1 });
    const next = await scene.crash();
    await next.pass();
    assert.deepEqual(next.cursor.status().last, { id: 10, title: 'call 10', at: 10 });
    assert.equal(next.cursor.status().position, 10);
    assert.equal(next.cursor.status().state, 'idle');
    await next.cursor.close();
  });

  it('gives plain JSON to the panel, also of an error', async () => {
    const scene = openScene();
    const error = new RefusedError('BITRIX_REFUSED', 'no', { params: { method: 'm', reason: 'r' } });
    scene.history.before = () => Promise.reject(error);
    scene.cursor.start();
    await scene.pass();
    const view = viewCursor(NAME, scene.cursor);
    assert.deepEqual(view.error, { code: 'BITRIX_REFUSED', params: { method: 'm', reason: 'r' } });
    assert.deepEqual(JSON.parse(JSON.stringify(view)), view);
  });

  it('tells of changes soon, and once for many', async () => {
    const scene = openScene({ ends: () => done, pageSize: 50 });
    for (let id = 1; id <= 500; id += 1) scene.history.add(id);
    let told = 0;
    const leave = scene.cursor.onChange(() => (told += 1));
    scene.cursor.start();
    await scene.pass();
    await scene.pass(1000);
    assert.equal(scene.last().sent, 500);
    assert.ok(told >= 2 && told <= 4, `told ${told} times`);
    leave();
    const before = told;
    scene.cursor.start();
    await scene.pass(1000);
    assert.equal(told, before);
  });

  it('knows no total when the portal gives none, and goes on when it cannot count', async () => {
    const scene = openScene({ inFlight: 1 });
    scene.history.add(1, 2);
    scene.history.count = () => Promise.reject(new Error('no count'));
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.cursor.status().total, undefined);
    await scene.end(1);
    await scene.end(2);
    assert.equal(scene.last().how, 'done');
    assert.equal(scene.cursor.status().total, 2);
  });

  it('asks for no count when there is nothing new', async () => {
    const scene = openScene();
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.history.asked, ['after 0']);
    assert.equal(scene.cursor.status().total, 0);
  });
});
