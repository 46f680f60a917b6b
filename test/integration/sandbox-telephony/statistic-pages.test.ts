import assert from 'node:assert/strict';
import { ask, at, byId, idsOf, rowsIn, servers, viaWebhook } from './support';

const start = servers();

async function historyOf(count: number) {
  const portal = await start.portal({ limits: 'off' });
  const { firstId } = portal.telephony.seed({ count });
  return { portal, firstId };
}

describe('sandbox telephony: pages of the statistics', () => {
  it('are counted and named by an offset', async () => {
    const { portal } = await historyOf(120);
    const page = async (from: number): Promise<unknown[]> => {
      const { body, result } = await ask(portal, { SORT: 'ID', ORDER: 'ASC', start: from });
      return [at(result, 0, 'ID'), rowsIn(result).length, body['total'], body['next']];
    };
    assert.deepEqual(await page(0), ['1', 50, 120, 50]);
    assert.deepEqual(await page(50), ['51', 50, 120, 100]);
    assert.deepEqual(await page(100), ['101', 20, 120, undefined]);
    assert.deepEqual(await page(150), [undefined, 0, 120, undefined]);
  });

  it('are not counted with start -1', async () => {
    const { portal } = await historyOf(60);
    const { body } = await ask(portal, byId);
    assert.deepEqual([rowsIn(body['result']).length, body['total'], body['next']], [50, 0, undefined]);
    assert.deepEqual(
      await idsOf(portal, { FILTER: { '>ID': 50 }, ...byId }),
      Array.from({ length: 10 }, (_, index) => 51 + index),
    );
  });

  it('stand in no order by id unless the order is spelled exactly', async () => {
    const { portal } = await historyOf(200);
    const sorted = Array.from({ length: 50 }, (_, index) => index + 1);
    assert.deepEqual(await idsOf(portal, { SORT: 'ID', ORDER: 'ASC' }), sorted);
    const careless = [
      {},
      { SORT: 'id', ORDER: 'ASC' },
      { SORT: 'ID', ORDER: 'asc' },
      { SORT: 'ID' },
      { ORDER: { ID: 'ASC' } },
      { SORT: ['ID'], ORDER: ['ASC'] },
      { sort: 'ID', order: 'ASC' },
      { SORT: 'CALL_TYPE', ORDER: 'ASC' },
      { SORT: 'RECORD_FILE_ID', ORDER: 'ASC' },
    ];
    const unsorted = await idsOf(portal, {});
    assert.notDeepEqual(
      unsorted.toSorted((one, other) => one - other),
      unsorted,
    );
    for (const params of careless) assert.deepEqual(await idsOf(portal, params), unsorted);
    assert.notDeepEqual(await idsOf(portal, { start: -1, FILTER: { '>ID': 0 } }), sorted);
  });

  it('can be sorted by other fields, both ways', async () => {
    const { portal } = await historyOf(200);
    assert.deepEqual((await idsOf(portal, { SORT: 'ID', ORDER: 'DESC' })).slice(0, 3), [200, 199, 198]);
    const lengths = async (order: string): Promise<number[]> =>
      rowsIn((await ask(portal, { SORT: 'CALL_DURATION', ORDER: order })).result).map((row) =>
        Number(row['CALL_DURATION']),
      );
    const rising = await lengths('ASC');
    assert.deepEqual(
      rising,
      rising.toSorted((one, other) => one - other),
    );
    const falling = await lengths('DESC');
    assert.deepEqual(
      falling,
      falling.toSorted((one, other) => other - one),
    );
    assert.ok((falling[0] ?? 0) > (rising.at(-1) ?? 0));
  });

  it('follow each other in a batch by what the page before gave', async () => {
    const { portal } = await historyOf(2600);
    const { result } = await viaWebhook(portal, 'batch', { halt: 0, cmd: chain(50) });
    const ids = Array.from({ length: 50 }, (_, page) =>
      rowsIn(at(result, 'result', `p${page}`)).map((row) => Number(row['ID'])),
    ).flat();
    assert.deepEqual(
      ids,
      Array.from({ length: 2500 }, (_, index) => index + 1),
    );
    assert.equal(portal.httpRequests, 1);
    const spent = at(result, 'result_time', 'p49', 'operating');
    assert.ok(Number(spent) > Number(at(result, 'result_time', 'p0', 'operating')), 'each command counts');
  });

  it('begin anew in a batch after the last row, when the reference names nothing', async () => {
    const { portal } = await historyOf(60);
    const { result } = await viaWebhook(portal, 'batch', { halt: 0, cmd: chain(3) });
    const firstOf = (page: number): unknown => at(result, 'result', `p${page}`, 0, 'ID');
    assert.deepEqual([firstOf(0), firstOf(1), firstOf(2)], ['1', '51', '1']);
  });

  it('are all the same in a batch of a portal that leaves references as they are', async () => {
    const portal = await start.portal({ batchReferences: 'left' });
    portal.telephony.seed({ count: 120 });
    const { result } = await viaWebhook(portal, 'batch', { halt: 0, cmd: chain(3) });
    for (const page of ['p0', 'p1', 'p2']) assert.equal(at(result, 'result', page, 0, 'ID'), '1');
  });
});

function chain(pages: number): Record<string, string> {
  const order = 'SORT=ID&ORDER=ASC&start=-1';
  return Object.fromEntries(
    Array.from({ length: pages }, (_, page) => {
      const after = page === 0 ? '0' : `$result[p${page - 1}][49][ID]`;
      return [`p${page}`, `voximplant.statistic.get?FILTER[%3EID]=${after}&${order}`];
    }),
  );
}
