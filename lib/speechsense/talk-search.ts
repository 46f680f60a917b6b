import { InvalidError } from '../core/errors';
import { at, textAt } from '../core/fields';
import { momentOf, timestampOf } from './moment';
import type { SearchRequest, SearchResult } from './talks';

export interface TalkSearch {
  readonly request: SearchRequest;
  /** Of talks, over as many pages as it takes. */
  readonly limit: number;
}

export interface FoundTalks {
  readonly talkIds: readonly string[];
  /** How many there are in all. */
  readonly count: number;
  /** Where another search would go on. */
  readonly nextPageToken: string | undefined;
}

const usualLimit = 100;
/** The service shows no more than these of one search. */
const mostFound = 10_000;
const mostOnPage = 1000;

/** From a message: nothing in particular, a text to look for, or an object with what the talks have in common. */
export function readTalkSearch(given: unknown): TalkSearch {
  const asked = typeof given === 'string' ? { text: given } : given;
  if (typeof asked !== 'object' || asked === null) return { request: {}, limit: usualLimit };
  const unknown = Object.keys(asked).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw unfit('payload', `an object with some of ${known.join(', ')}`);
  const text = textAt(asked, 'text')?.trim() ?? '';
  const sort = at(asked, 'sort');
  const pageToken = textAt(asked, 'pageToken');
  const limit = Number(textAt(asked, 'limit') ?? usualLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostFound) {
    throw unfit('limit', `a whole number from 1 to ${mostFound}`);
  }
  return {
    request: {
      filters: [...fieldFilters(asked), ...dateFilters(asked), ...rawFilters(asked)],
      ...(text !== '' && { query: { text } }),
      ...(isObject(sort) && { sort }),
      ...(pageToken !== undefined && { pageToken }),
    },
    limit,
  };
}

const known = ['fields', 'from', 'to', 'text', 'filters', 'sort', 'limit', 'pageToken'];

function fieldFilters(asked: object): object[] {
  const fields = at(asked, 'fields') ?? {};
  if (!isObject(fields)) throw unfit('fields', 'an object of metadata keys and values');
  return Object.entries(fields).map(([key, value]: [string, unknown]) => {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const values = list.map((one) => (typeof one === 'boolean' ? String(one) : textAt({ one }, 'one')));
    const texts = values.filter((one) => one !== undefined);
    if (texts.length === 0 || texts.length < values.length) {
      throw unfit('fields', 'an object whose values are texts, numbers or lists of them');
    }
    return { key: `userMeta.${key}`, any_match: { values: texts } };
  });
}

function dateFilters(asked: object): object[] {
  const from = timeAt(asked, 'from');
  const to = timeAt(asked, 'to');
  if (from === undefined && to === undefined) return [];
  const range = {
    ...(from !== undefined && { from_value: timestampOf(from) }),
    ...(to !== undefined && { to_value: timestampOf(to) }),
    bounds_inclusive: { from_inclusive: true, to_inclusive: true },
  };
  return [{ key: 'userMeta.date', date_range: range }];
}

const day = /^\d{4}-\d{2}-\d{2}$/;
const dayMs = 24 * 3600_000;

function timeAt(asked: object, key: 'from' | 'to'): number | undefined {
  const given = at(asked, key);
  if (given === undefined || given === null || given === '') return undefined;
  const ms = momentOf(given);
  if (ms === undefined) throw unfit(key, 'a time such as 2026-03-11T12:08:52.000Z');
  // A day alone is meant from its beginning to its end.
  const isWholeDay = typeof given === 'string' && day.test(given.trim());
  return key === 'to' && isWholeDay ? ms + dayMs - 1 : ms;
}

function rawFilters(asked: object): object[] {
  const filters = at(asked, 'filters') ?? [];
  if (Array.isArray(filters) && filters.every(isObject)) return filters;
  throw unfit('filters', 'a list of filters as in the documentation of the service');
}

/** Page by page, until there are as many as are wanted. */
export async function searchAll(
  search: (request: SearchRequest) => Promise<SearchResult>,
  { request, limit }: TalkSearch,
  signal: AbortSignal,
): Promise<FoundTalks> {
  const talkIds: string[] = [];
  let count = 0;
  let pageToken = request.pageToken;
  do {
    const pageSize = Math.min(limit - talkIds.length, mostOnPage);
    const page = await search({
      ...request,
      pageSize,
      signal,
      ...(pageToken !== undefined && { pageToken }),
    });
    talkIds.push(...page.talkIds);
    count = page.count;
    // An empty page that names another would be asked for without an end.
    pageToken = page.talkIds.length === 0 ? undefined : page.nextPageToken;
  } while (pageToken !== undefined && talkIds.length < limit);
  return { talkIds, count, nextPageToken: pageToken };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unfit(what: string, expected: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `${what} must be ${expected}`, { params: { what } });
}
