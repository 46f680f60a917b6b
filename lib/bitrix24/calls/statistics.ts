import { entriesAt } from '../../core/fields';
import type { CallRow } from './call';

export const statistics = 'voximplant.statistic.get';
/** Fixed by the portal. */
export const pageSize = 50;

/** PHP sends a list with gaps as a map. */
export function rowsOf(result: unknown): CallRow[] {
  return entriesAt({ result }, 'result').filter(isRow);
}

function isRow(value: unknown): value is CallRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
