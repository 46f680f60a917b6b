import type { MethodAnswer } from './call';
import { textOf, type Params } from '../shared/params';

export const pageSize = 50;

/** Classic pages with `total` and `next`; `start: -1` counts nothing and names no next page. */
export function pageOf(items: readonly unknown[], params: Params): MethodAnswer {
  const start = Number(textOf(params['start'] ?? params['START']) ?? 0);
  if (start < 0) return { result: items.slice(0, pageSize), total: 0 };
  const page = items.slice(start, start + pageSize);
  const next = start + pageSize;
  return next < items.length
    ? { result: page, total: items.length, next }
    : { result: page, total: items.length };
}
