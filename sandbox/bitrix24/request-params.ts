import type { ReceivedRequest } from '../shared/http-listener';
import { isMap, type Params } from '../shared/params';
import { parsePhpQuery } from './php-query';

/** The query, and over it the body: JSON or a form. A body that is neither is not read, as PHP would not. */
export function requestParams(request: ReceivedRequest): Params {
  const query = parsePhpQuery(request.url.search.slice(1));
  if (request.method !== 'POST') return query;
  return { ...query, ...bodyParams(request) };
}

function bodyParams({ headers, body }: ReceivedRequest): Params {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-www-form-urlencoded') return parsePhpQuery(body.toString('utf8'));
  if (type !== 'application/json') return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isMap(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
