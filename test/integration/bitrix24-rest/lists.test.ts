import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import { InvalidError } from '../../../lib/core/errors';
import type { ListPage, PortalRest } from '../../../lib/bitrix24/rest/portal';
import { pageOf, type MethodTable } from '../../../sandbox/bitrix24';
import { failureOf, restBench } from './support';

const bench = restBench();

/** Sorts and filters by id as a method with these parameter names does; other names it passes over. */
function listMethod(count: number, keys: 'upper' | 'lower', idField = 'ID', wrap?: string): MethodTable['x'] {
  const filterKey = keys === 'upper' ? 'FILTER' : 'filter';
  const rows = Array.from({ length: count }, (_, n) => ({ [idField]: String(n * 3 + 1), NAME: `row ${n}` }));
  return {
    run: ({ params }) => {
      const after = Number(textAt(params, filterKey, `>${idField}`) ?? 0);
      const onlyOdd = at(params, filterKey, 'ODD') !== undefined;
      const found = rows.filter(
        (row) => Number(row[idField]) > after && !(onlyOdd && Number(row[idField]) % 2 === 0),
      );
      const page = pageOf(found, params);
      return wrap === undefined ? page : { ...page, result: { [wrap]: page.result } };
    },
  };
}

async function listing(table: MethodTable): Promise<{ rest: PortalRest; asked: () => unknown[] }> {
  const portal = await bench.portal({ limits: 'off' });
  portal.addMethods(table);
  return { rest: bench.viaWebhook(portal), asked: () => portal.calls.map((call) => call.params) };
}

async function all(
  pages: AsyncIterable<ListPage>,
): Promise<{ ids: number[]; pages: number; totals: unknown[] }> {
  const found = { ids: new Array<number>(), pages: 0, totals: new Array<unknown>() };
  for await (const page of pages) {
    found.pages += 1;
    found.totals.push(page.total);
    found.ids.push(...page.rows.map((row) => Number(textAt(row, 'ID') ?? textAt(row, 'id'))));
  }
  return found;
}

const idsUpTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n * 3 + 1);

describe('rest client, lists by >ID (b24jssdk 8, bitrix24-rest 9 and 18.11)', function () {
  for (const count of [0, 1, 49, 50, 51, 100, 130]) {
    it(`${count} rows: each once, in order`, async () => {
      const { rest } = await listing({ 'crm.lead.list': listMethod(count, 'lower') });
      assert.deepEqual((await all(rest.list('crm.lead.list', {}))).ids, idsUpTo(count));
    });
  }

  it('lower case: order by id, start -1, the filter kept and widened', async () => {
    const { rest, asked } = await listing({ 'crm.lead.list': listMethod(60, 'lower') });
    await all(
      rest.list('crm.lead.list', { select: ['ID'], filter: { ACTIVE: 'Y' }, order: { NAME: 'DESC' } }),
    );
    assert.deepEqual(asked(), [
      { select: ['ID'], filter: { ACTIVE: 'Y' }, order: { ID: 'ASC' }, start: -1 },
      { select: ['ID'], filter: { ACTIVE: 'Y', '>ID': '148' }, order: { ID: 'ASC' }, start: -1 },
    ]);
  });

  it('voximplant.statistic.get: FILTER, SORT and ORDER without being told', async () => {
    const { rest, asked } = await listing({ 'voximplant.statistic.get': listMethod(120, 'upper') });
    const found = await all(rest.list('voximplant.statistic.get', {}));
    assert.deepEqual(found.ids, idsUpTo(120));
    assert.deepEqual(asked()[1], { FILTER: { '>ID': '148' }, SORT: 'ID', ORDER: 'ASC', start: -1 });
  });

  it('parameters written large show the way for other methods', async () => {
    const { rest, asked } = await listing({ 'some.list': listMethod(60, 'upper') });
    assert.equal((await all(rest.list('some.list', { FILTER: { ODD: 1 } }))).ids.length, 30);
    assert.deepEqual(asked()[0], { FILTER: { ODD: 1 }, ORDER: { ID: 'ASC' }, start: -1 });
    assert.equal((await all(rest.list('some.list', {}, { keys: 'upper' }))).ids.length, 60);
  });

  it('the id in small letters and rows in a wrapper (crm.item.list)', async () => {
    const { rest } = await listing({ 'crm.item.list': listMethod(70, 'lower', 'id', 'items') });
    const found = await all(rest.list('crm.item.list', { entityTypeId: 2 }, { idField: 'id' }));
    assert.deepEqual(found.ids, idsUpTo(70));
  });

  it('starts behind the id that the filter names', async () => {
    const { rest } = await listing({ 'crm.lead.list': listMethod(100, 'lower') });
    const found = await all(rest.list('crm.lead.list', { filter: { '>ID': 151 } }));
    assert.deepEqual(found.ids, idsUpTo(100).slice(51));
  });

  it('a method that passes the filter over ends in an error, not in an endless loop', async () => {
    const { rest, asked } = await listing({ 'odd.list': listMethod(120, 'upper') });
    const seen: number[] = [];
    const error = await failureOf(
      (async () => {
        for await (const { rows } of rest.list('odd.list', {})) seen.push(rows.length);
      })(),
    );
    assert.ok(error instanceof InvalidError);
    assert.deepEqual(seen, [50]);
    assert.equal(asked().length, 2);
  });

  it('rows without the id end in an error', async () => {
    const { rest } = await listing({ 'crm.lead.list': listMethod(60, 'lower') });
    const error = await failureOf(all(rest.list('crm.lead.list', {}, { idField: 'id' })));
    assert.ok(error instanceof InvalidError);
  });

  it('ids beyond the exact numbers of JavaScript', async () => {
    const ids = ['9007199254740993', '9007199254740995'];
    const page = (id: string): { body: unknown } => ({
      body: { result: Array.from({ length: 50 }, () => ({ ID: id })) },
    });
    const portal = await bench.scripted(...ids.map(page), { body: { result: [] } });
    await all(bench.viaWebhook(portal).list('crm.lead.list', {}));
    const filters = portal.requests.map(({ body }) => textAt(body, 'filter', '>ID'));
    assert.deepEqual(filters, [undefined, ...ids]);
  });

  it('a page is asked for again after an unclear outcome', async () => {
    const portal = await bench.portal({ limits: 'off' });
    portal.addMethods({ 'crm.lead.list': listMethod(60, 'lower') });
    portal.failNext({ method: 'crm.lead.list', times: 2, with: 'html' });
    assert.deepEqual((await all(bench.viaWebhook(portal).list('crm.lead.list', {}))).ids, idsUpTo(60));
  });

  it('reads no further than asked', async () => {
    const { rest, asked } = await listing({ 'crm.lead.list': listMethod(500, 'lower') });
    for await (const { rows } of rest.list('crm.lead.list', {})) {
      assert.equal(rows.length, 50);
      break;
    }
    assert.equal(asked().length, 1);
  });
});

describe('rest client, lists by start and next (bitrix24-rest 9)', function () {
  it('follows next to the end, with the total', async () => {
    const { rest, asked } = await listing({ 'crm.lead.list': listMethod(120, 'lower') });
    const found = await all(rest.list('crm.lead.list', { filter: {} }, { fast: false }));
    assert.deepEqual(found.ids, idsUpTo(120));
    assert.deepEqual(found.totals, [120, 120, 120]);
    assert.deepEqual(
      asked().map((params) => at(params, 'start')),
      [0, 50, 100],
    );
  });

  it('a next that does not lead on ends the list', async () => {
    const portal = await bench.scripted({ body: { result: [{ ID: 1 }], next: 50 } });
    const found = await all(bench.viaWebhook(portal).list('crm.lead.list', {}, { fast: false }));
    assert.equal(found.pages, 2);
  });

  it('an empty list is one empty page', async () => {
    const { rest } = await listing({ 'crm.lead.list': listMethod(0, 'lower') });
    const found = await all(rest.list('crm.lead.list', {}, { fast: false }));
    assert.deepEqual(found, { ids: [], pages: 1, totals: [0] });
  });
});
