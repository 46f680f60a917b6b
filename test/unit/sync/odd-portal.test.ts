import assert from 'node:assert/strict';
import { done, KEY, openScene, placeIn } from './scene';

describe('sync cursor: a portal that does not do as it was told', () => {
  const row = (id: number): { id: number; item: { id: number; verdict: 'wanted' } } => ({
    id,
    item: { id, verdict: 'wanted' },
  });

  for (const [what, pages, sent] of [
    ['ids out of order', [[row(1), row(3), row(2)]], []],
    ['a page that lies before the one before', [[row(5), row(6)], [row(2)]], [5, 6]],
    ['ids that are no numbers', [[row(1), row(Number.NaN)]], []],
    ['an id of 0', [[row(0)]], []],
  ] as const) {
    it(`ends the run for ${what}`, async () => {
      const scene = openScene({ ends: () => done });
      scene.history.pages = pages;
      scene.cursor.start();
      await scene.pass();
      assert.equal(scene.last().how, 'failed');
      assert.match(scene.errors[0]?.message ?? '', /the list holds/);
      assert.deepEqual(scene.ids(), sent);
    });
  }

  it('ends the run when rows come that were not asked for, and leaves the place as it is', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.add(4);
    scene.cursor.start();
    await scene.pass();
    scene.history.pages = [[row(1), row(2)]];
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.last().how, 'failed');
    assert.equal(scene.cursor.status().position, 4);
    assert.deepEqual(scene.ids(), [4]);
  });

  it('takes rows asked for by id for gone only when the answer holds nothing strange', async () => {
    const scene = openScene({ stored: { [KEY]: { reached: 5, open: [3] } } });
    scene.history.byIds = () => Promise.resolve([row(1)]);
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.last().how, 'failed');
    assert.deepEqual(await placeIn(scene.store), { reached: 5, open: [3] });
  });

  it('hands a row out once that comes twice, next to itself or on the next page', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.pages = [
      [row(1), row(2), row(2), row(3)],
      [row(2), row(3), row(4)],
    ];
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 2, 3, 4]);
    assert.equal(scene.last().how, 'done');
  });

  it("ends the run with the portal's own error, once what is in the flow has ended", async () => {
    const scene = openScene({ inFlight: 1, pageSize: 1 });
    scene.history.add(1, 2);
    scene.cursor.start();
    await scene.pass();
    scene.history.before = () => Promise.reject(new Error('portal away'));
    await scene.end(1);
    await scene.end(2);
    assert.equal(scene.last().how, 'failed');
    assert.equal(scene.last().sent, 2);
    assert.equal(scene.last().error?.message, 'portal away');
  });
});
