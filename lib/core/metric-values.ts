import { at, entriesAt } from './fields';
import { mostSeries, longestLabel, type MetricSeries, type MetricTable, type MetricValues } from './metrics';

/** What another process has counted, as it came out of JSON. Whatever this version does not know is left out. */
export function readMetricValues(table: MetricTable, source: unknown): MetricValues {
  const names = Object.keys(table);
  return Object.fromEntries(names.map((name) => [name, readFamily(table, name, at(source, name))]));
}

function readFamily(table: MetricTable, name: string, source: unknown): readonly MetricSeries[] {
  const found = new Map<string, MetricSeries>();
  for (const each of entriesAt(source).slice(0, mostSeries + 1)) {
    const series = readSeries(table, name, each);
    // Twice the same series, and Prometheus takes nothing of the whole page.
    if (series) found.set(JSON.stringify(series.values), series);
  }
  return [...found.values()];
}

function readSeries(table: MetricTable, name: string, source: unknown): MetricSeries | undefined {
  const declaration = table[name];
  const values = entriesAt(source, 'values').map((value) => String(value).slice(0, longestLabel));
  if (!declaration || values.length !== (declaration.labels ?? []).length) return undefined;
  const value = numberAt(source, 'value');
  if (value === undefined || (declaration.kind !== 'gauge' && value < 0)) return undefined;
  if (declaration.kind !== 'histogram') return { values, value, hits: [], observed: 0 };
  const hits = entriesAt(source, 'hits').map(Number);
  const observed = numberAt(source, 'observed');
  const isWhole = hits.length === declaration.buckets.length && hits.every((count) => count >= 0);
  const sum = hits.reduce((all, count) => all + count, 0);
  return isWhole && observed !== undefined && sum <= observed ? { values, value, hits, observed } : undefined;
}

function numberAt(source: unknown, key: string): number | undefined {
  const value = at(source, key);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
