import { at, entriesAt, flagAt, idAt, keysAt, textAt } from '../../../lib/core/fields';
import { readMetricValues } from '../../../lib/core/metric-values';
import { packMetricTable } from '../../../lib/core/metric-table';
import type { MetricValues } from '../../../lib/core/metrics';
import { healthOf, type Health } from './health';
import type { NotedError, Snapshot } from './shapes';

/** What stays the same as long as the process runs. */
export interface InstanceIdentity {
  /** Of the process; one that is started again is another one. */
  id: string;
  /** For people: where it runs. */
  name: string;
  /** Versions: of this pack, of Node-RED and of Node. */
  pack: string;
  nodeRed: string;
  node: string;
  startedAt: number;
}

/** What a process tells of itself to all who share a store with it. */
export interface InstanceSummary extends InstanceIdentity {
  status: Health['status'];
  portals: readonly string[];
  bots: readonly string[];
  /** Events in hand, by the node. */
  running: Readonly<Record<string, number>>;
  /** Dialogs whose events no node takes. */
  parked: number;
  /** The latest first; not all of them. */
  errors: readonly NotedError[];
  /** How many errors there were, as far as they are remembered. */
  errorCount: number;
  /** Of the process: what it counts, and no gauges. */
  metrics: MetricValues;
}

const mostErrors = 10;
const mostLabels = 20;
const mostNodes = 200;
const longestMessage = 300;
const longestLabel = 60;

/** Read from what the process knows without asking a store. */
export function summaryOf(
  identity: InstanceIdentity,
  snapshot: Snapshot,
  counted: MetricValues,
): InstanceSummary {
  const { portals, bots, readers, stores, errors } = snapshot;
  return {
    ...identity,
    status: healthOf(snapshot).status,
    portals: labels(portals.map(({ name, domains }) => name || (domains[0] ?? ''))),
    bots: labels(bots.map(({ name, code }) => name || code)),
    running: Object.fromEntries(readers.slice(0, mostNodes).map(({ id, running }) => [id, running])),
    parked: sum(stores.map(({ parked }) => parked)),
    errors: errors.slice(0, mostErrors).map((error) => ({ ...error, message: short(error.message) })),
    errorCount: sum(errors.map(({ times }) => times)),
    metrics: withoutGauges(counted),
  };
}

/** What another process has written, maybe of another version of the pack. */
export function readSummary(source: unknown): InstanceSummary | undefined {
  const [id, name] = [textAt(source, 'id'), textAt(source, 'name')];
  if (id === undefined || name === undefined) return undefined;
  const version = (key: string): string => label(textAt(source, key) ?? '');
  const texts = (key: string): string[] =>
    labels(entriesAt(source, key).flatMap((each) => (typeof each === 'string' ? [each] : [])));
  const nodes = keysAt(source, 'running').slice(0, mostNodes);
  return {
    ...{ id, name: label(name), pack: version('pack'), nodeRed: version('nodeRed'), node: version('node') },
    startedAt: idAt(source, 'startedAt') ?? 0,
    status: statuses.find((known) => known === at(source, 'status')) ?? 'degraded',
    ...{ portals: texts('portals'), bots: texts('bots') },
    running: Object.fromEntries(nodes.map((node) => [node, idAt(source, 'running', node) ?? 0])),
    parked: idAt(source, 'parked') ?? 0,
    errors: entriesAt(source, 'errors')
      .slice(0, mostErrors)
      .flatMap((error) => readError(error) ?? []),
    errorCount: idAt(source, 'errorCount') ?? 0,
    metrics: withoutGauges(readMetricValues(packMetricTable, at(source, 'metrics'))),
  };
}

const statuses: readonly Health['status'][] = ['ok', 'degraded', 'down'];

function readError(source: unknown): NotedError | undefined {
  const [code, nodeType] = [textAt(source, 'code'), textAt(source, 'nodeType')];
  if (code === undefined || nodeType === undefined) return undefined;
  const [nodeName, mendedAt] = [textAt(source, 'nodeName'), idAt(source, 'mendedAt')];
  const params = keysAt(source, 'params').flatMap((key) => {
    const value = at(source, 'params', key);
    return typeof value === 'string' || typeof value === 'number' ? [[key, value] as const] : [];
  });
  return {
    ...{ code, nodeType, nodeId: textAt(source, 'nodeId') ?? '', params: Object.fromEntries(params) },
    message: short(textAt(source, 'message') ?? ''),
    at: idAt(source, 'at') ?? 0,
    times: idAt(source, 'times') ?? 1,
    ...(nodeName !== undefined && { nodeName: label(nodeName) }),
    ...(mendedAt !== undefined && { mendedAt }),
    ...(flagAt(source, 'isBeforeDeploy') && { isBeforeDeploy: true }),
  };
}

/** Gauges are what somebody finds at the moment of asking. */
function withoutGauges(values: MetricValues): MetricValues {
  const counting = Object.entries(packMetricTable).filter(([, { kind }]) => kind !== 'gauge');
  return Object.fromEntries(counting.map(([name]) => [name, values[name] ?? []]));
}

export const inHandOf = ({ running }: InstanceSummary): number => sum(Object.values(running));
export const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
const short = (text: string): string => text.slice(0, longestMessage);
const label = (text: string): string => text.slice(0, longestLabel);
const labels = (texts: readonly string[]): string[] => texts.slice(0, mostLabels).map(label);
