import { InvalidError } from '../../../lib/core/errors';
import { at, entriesAt, idAt, textAt } from '../../../lib/core/fields';
import type { Message } from '../shell';

/** `failed` is `status` by another name: both list the rows that failed. */
export const syncActions = [
  ...(['start', 'stop', 'reset', 'status', 'failed', 'retry', 'drop', 'late', 'dry-run'] as const),
] as const;
export type SyncAction = (typeof syncActions)[number];

export interface SyncOrder {
  readonly action: SyncAction;
  /** Of rows in the failed list; all of them when left out. */
  readonly ids?: readonly number[];
  /** How many rows a dry run lists. */
  readonly limit?: number;
}

/** Anything starts, but a payload that names another action, as `{action: "stop"}` or as the word alone. */
export function readOrder({ payload }: Message): SyncOrder {
  const named = textAt(payload, 'action') ?? (isAction(payload) ? payload : undefined);
  if (named === undefined) {
    if (at(payload, 'action') === undefined) return { action: 'start' };
    throw unusable('msg.payload.action');
  }
  if (!isAction(named)) throw unusable('msg.payload.action');
  const ids = readIds(payload);
  const limit = idAt(payload, 'limit');
  return { action: named, ...(ids && { ids }), ...(limit !== undefined && { limit }) };
}

function isAction(value: unknown): value is SyncAction {
  return syncActions.some((action) => action === value);
}

/** A list that cannot be read must not be taken for all. */
function readIds(payload: unknown): number[] | undefined {
  if (at(payload, 'ids') === undefined) return undefined;
  const given = entriesAt(payload, 'ids');
  const ids = given.flatMap((id) => idAt({ id }, 'id') ?? []);
  if (ids.length === 0 || ids.length < given.length) throw unusable('msg.payload.ids');
  return ids;
}

function unusable(what: string): InvalidError {
  const expected = what.endsWith('ids') ? 'numbers of rows' : `one of ${syncActions.join(', ')}`;
  return new InvalidError('INPUT_INVALID', `${what} must be ${expected}`, { params: { what } });
}
