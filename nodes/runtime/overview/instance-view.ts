import { healthOf } from './health';
import { inHandOf, sum } from './instance-summary';
import type { Instance } from './instances';
import type { InstanceError, InstanceRow, InstancesView } from './instance-shapes';
import type { Snapshot } from './shapes';

const errorsShown = 50;

/** For the panel: all processes side by side, and what they have in common once. */
export function instancesView(all: readonly Instance[], snapshot: Snapshot): InstancesView {
  const { status } = healthOf(snapshot);
  // What this process finds when it looks into the store it has not told the others.
  const rows = all.map(rowOf).map((row) => (row.isSelf ? { ...row, status } : row));
  const speaking = rows.filter(({ isSilent }) => !isSilent);
  const total = (value: (row: InstanceRow) => number): number => sum(speaking.map(value));
  const packs = [...new Set(speaking.map(({ pack }) => pack))].sort();
  return {
    list: rows,
    totals: {
      inHand: total(({ inHand }) => inHand),
      retries: total(({ retries }) => retries),
      errors: total(({ errors }) => errors),
    },
    shared: sharedOf(snapshot),
    versions: packs.length > 1 ? packs : [],
    errors: errorsOf(all, snapshot),
  };
}

function rowOf(instance: Instance): InstanceRow {
  const { id, name, pack, nodeRed, node, startedAt, status, portals, bots, running, parked } = instance;
  const { ageMs, isSilent, isSelf, errorCount, metrics } = instance;
  const retries = sum((metrics['bitlane_retries_total'] ?? []).map(({ value }) => value));
  return {
    ...{ id, name, pack, nodeRed, node, startedAt, status, portals, bots, running, parked },
    ...{ ageMs, isSilent, isSelf, inHand: inHandOf(instance), retries, errors: errorCount },
  };
}

/** All who share a store see the same of it: what this process sees is told for all. */
function sharedOf({ stores, uploads }: Snapshot): InstancesView['shared'] {
  const shared = stores.filter(({ isShared }) => isShared);
  const ids = new Set(shared.map(({ id }) => id));
  return {
    waiting: sum(shared.map(({ stats }) => stats?.waiting ?? 0)),
    deadLetters: sum(shared.map(({ deadLetters }) => deadLetters)),
    heldUploads: sum(
      uploads.flatMap(({ storeId, count }) => (storeId !== undefined && ids.has(storeId) ? [count] : [])),
    ),
  };
}

/** The latest first. Of this process all that it remembers, of the others what they told. */
function errorsOf(all: readonly Instance[], { errors }: Snapshot): InstanceError[] {
  return all
    .flatMap((one) => (one.isSelf ? errors : one.errors).map((error) => ({ ...error, instance: one.name })))
    .sort((one, other) => other.at - one.at)
    .slice(0, errorsShown);
}
