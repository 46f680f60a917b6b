import assert from 'node:assert/strict';
import { listColleagues } from '../../../lib/bitrix24/people/colleagues';
import type { ListPage } from '../../../lib/bitrix24/rest/portal';

const pageSize = 50;

/** A portal with so many people, and how many of its pages were asked for. */
function portalWith(count: number) {
  const asked: object[] = [];
  async function* list(method: string, params: object): AsyncGenerator<ListPage> {
    for (let from = 1; from <= count; from += pageSize) {
      asked.push({ method, params });
      const ids = Array.from({ length: Math.min(pageSize, count - from + 1) }, (_, place) => from + place);
      yield await Promise.resolve({
        rows: ids.map((id) => ({ ID: String(id), NAME: ' Olga ', LAST_NAME: `No. ${id}` })),
        total: count,
        time: {},
      });
    }
  }
  return { list, asked };
}

describe('the people who work in a portal', () => {
  it('are listed by their names, without those who have left and without guests', async () => {
    const portal = portalWith(2);
    assert.deepEqual(await listColleagues(portal), [
      { id: 1, name: 'Olga No. 1' },
      { id: 2, name: 'Olga No. 2' },
    ]);
    const params = { FILTER: { ACTIVE: true, USER_TYPE: 'employee' } };
    assert.deepEqual(portal.asked, [{ method: 'user.get', params }]);
  });

  it('are listed over all pages, but not without end', async () => {
    assert.equal((await listColleagues(portalWith(120))).length, 120);
    const large = portalWith(40_000);
    assert.equal((await listColleagues(large)).length, 500);
    assert.equal(large.asked.length, 10);
  });

  it('may lack a name, and without an id are nobody', async () => {
    const rows = [{ ID: '7', NAME: '', LAST_NAME: 'Stone' }, { ID: '9' }, { NAME: 'Ghost' }, 'odd'];
    async function* list(): AsyncGenerator<ListPage> {
      yield await Promise.resolve({ rows, total: undefined, time: {} });
    }
    assert.deepEqual(await listColleagues({ list }), [
      { id: 7, name: 'Stone' },
      { id: 9, name: '' },
    ]);
  });
});
