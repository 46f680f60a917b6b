import assert from 'node:assert/strict';
import { readTalkSearch, searchAll } from '../../../lib/speechsense/talk-search';
import { checkRequest } from '../../../lib/speechsense/shape';
import type { SearchRequest, SearchResult } from '../../../lib/speechsense/talks';

describe('a search for talks', () => {
  it('takes keys with one value or several, days, a text and filters as they are', () => {
    const raw = { key: 'talk.statistics.duration_seconds', int_range: { from_value: { value: '60' } } };
    const { request, limit } = readTalkSearch({
      fields: { operator_id: ['103', 104], direction_outgoing: false, client_name: 'John' },
      from: '2026-03-01',
      to: '2026-03-31',
      text: ' delivery ',
      filters: [raw],
      limit: 5,
      pageToken: 'next',
    });
    const inclusive = { from_inclusive: true, to_inclusive: true };
    assert.deepEqual(request, {
      filters: [
        { key: 'userMeta.operator_id', any_match: { values: ['103', '104'] } },
        { key: 'userMeta.direction_outgoing', any_match: { values: ['false'] } },
        { key: 'userMeta.client_name', any_match: { values: ['John'] } },
        {
          key: 'userMeta.date',
          date_range: {
            from_value: { seconds: String(Date.UTC(2026, 2, 1) / 1000), nanos: 0 },
            to_value: { seconds: String(Date.UTC(2026, 3, 1) / 1000 - 1), nanos: 999_000_000 },
            bounds_inclusive: inclusive,
          },
        },
        raw,
      ],
      query: { text: 'delivery' },
      pageToken: 'next',
    });
    assert.equal(limit, 5);
    const { filters, query } = request;
    assert.doesNotThrow(() => checkRequest('Search', { connection_id: 'c', filters, query, page_size: 5 }));
  });

  it('keeps a time within its day, in its zone', () => {
    const { request } = readTalkSearch({ to: '2026-03-11T15:00:00+03:00' });
    assert.deepEqual(request.filters?.[0], {
      key: 'userMeta.date',
      date_range: {
        to_value: { seconds: String(Date.UTC(2026, 2, 11, 12) / 1000), nanos: 0 },
        bounds_inclusive: { from_inclusive: true, to_inclusive: true },
      },
    });
  });

  it('takes a text as what was said, and anything else as all talks', () => {
    assert.deepEqual(readTalkSearch('delivery').request.query, { text: 'delivery' });
    for (const given of [undefined, null, 1773230932000, true]) {
      assert.deepEqual(readTalkSearch(given), { request: {}, limit: 100 });
    }
  });

  for (const wrong of [
    { field: { a: 'b' } },
    { fields: 'x' },
    { fields: { a: [] } },
    { fields: { a: { b: 1 } } },
    { from: 'yesterday' },
    { filters: { key: 'a' } },
    { filters: ['a'] },
    { limit: 0 },
    { limit: 10_001 },
    { limit: 'many' },
  ]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => readTalkSearch(wrong), { code: 'INPUT_INVALID' });
    });
  }

  it('turns pages until there are enough, and no page for ever', async () => {
    const asked: SearchRequest[] = [];
    const pages = ['', 'second', 'third'];
    const search = (request: SearchRequest): Promise<SearchResult> => {
      asked.push(request);
      const place = pages.indexOf(request.pageToken ?? '');
      const size = Math.min(request.pageSize ?? 0, 1000);
      return Promise.resolve({
        talkIds: Array.from({ length: size }, (_, number) => `${place}-${number}`),
        count: 3000,
        nextPageToken: pages[place + 1],
      });
    };
    const { signal } = new AbortController();
    const some = await searchAll(search, { request: {}, limit: 1500 }, signal);
    assert.deepEqual([some.talkIds.length, some.count, some.nextPageToken], [1500, 3000, 'third']);
    assert.deepEqual(
      asked.map(({ pageSize, pageToken }) => [pageSize, pageToken]),
      [
        [1000, undefined],
        [500, 'second'],
      ],
    );
    const empty = await searchAll(
      () => Promise.resolve({ talkIds: [], count: 0, nextPageToken: 'again' }),
      { request: {}, limit: 10 },
      signal,
    );
    assert.deepEqual(empty.talkIds, []);
  });
});
