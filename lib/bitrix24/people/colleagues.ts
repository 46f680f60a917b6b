import { idAt, textAt } from '../../core/fields';
import type { PortalRest } from '../rest/portal';

/** Somebody who works in the portal. */
export interface Colleague {
  id: number;
  name: string;
}

/** So many stand in nobody's list of choices, and asking for more would keep the portal busy. */
const MOST = 500;

/** Those who may sign in, in the order of their ids. Needs one of the scopes `user`, `user_brief` and `user_basic`. */
export async function listColleagues(
  rest: Pick<PortalRest, 'list'>,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Colleague[]> {
  const found: Colleague[] = [];
  const params = { FILTER: { ACTIVE: true, USER_TYPE: 'employee' } };
  // So few pages may be counted.
  for await (const { rows } of rest.list('user.get', params, { fast: false, signal })) {
    found.push(...rows.flatMap(readColleague));
    if (found.length >= MOST) break;
  }
  return found;
}

function readColleague(row: unknown): Colleague[] {
  const id = idAt(row, 'ID');
  if (id === undefined) return [];
  const parts = ['NAME', 'LAST_NAME'].map((field) => textAt(row, field)?.trim() ?? '');
  return [{ id, name: parts.filter((part) => part !== '').join(' ') }];
}
