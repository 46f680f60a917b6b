import type { MetricDeclaration, MetricSeries, MetricTable, MetricValues } from './metrics';

export const METRICS_MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** One who counts. `labels` are added to all of its series, to tell it from the others. */
export interface MetricSource {
  values: MetricValues;
  labels?: Readonly<Record<string, string>>;
}

interface Line {
  name: string;
  declaration: MetricDeclaration;
  labels: Readonly<Record<string, string>>;
}

/** Prometheus's text format 0.0.4, in which all series of one name have to stand together. */
export function renderMetrics(table: MetricTable, sources: readonly MetricSource[]): string {
  return Object.entries(table)
    .map(([name, declaration]) => renderFamily(name, declaration, sources))
    .join('');
}

function renderFamily(
  name: string,
  declaration: MetricDeclaration,
  sources: readonly MetricSource[],
): string {
  const lines = [
    `# HELP ${name} ${declaration.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${declaration.kind}`,
    ...sources.flatMap(({ values, labels = {} }) =>
      (values[name] ?? []).flatMap((series) => seriesLines({ name, declaration, labels }, series)),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function seriesLines(line: Line, series: MetricSeries): string[] {
  const { name, declaration } = line;
  if (declaration.kind === 'histogram') return histogramLines(line, series, declaration.buckets);
  return [`${name}${labelText(line, series)} ${numberText(series.value)}`];
}

function histogramLines(line: Line, series: MetricSeries, buckets: readonly number[]): string[] {
  let below = 0;
  const counts = buckets.map((bound, place) => {
    below += series.hits[place] ?? 0;
    return { bound, count: below };
  });
  const all = [...counts, { bound: Number.POSITIVE_INFINITY, count: series.observed }];
  const { name } = line;
  return [
    ...all.map(
      ({ bound, count }) => `${name}_bucket${labelText(line, series, { le: numberText(bound) })} ${count}`,
    ),
    `${name}_sum${labelText(line, series)} ${numberText(series.value)}`,
    `${name}_count${labelText(line, series)} ${series.observed}`,
  ];
}

function labelText(
  { declaration, labels }: Line,
  { values }: MetricSeries,
  added: Record<string, string> = {},
): string {
  const own = (declaration.labels ?? []).map((label, place) => [label, values[place] ?? ''] as const);
  const pairs = [...own, ...Object.entries(labels), ...Object.entries(added)].map(
    ([label, value]) => `${label}="${escapeValue(value)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
