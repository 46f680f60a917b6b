import { textAt } from './fields';
import { renderMetrics } from './metric-text';

export type MetricDeclaration =
  | { kind: 'counter' | 'gauge'; help: string; labels?: readonly string[] }
  | { kind: 'histogram'; help: string; labels?: readonly string[]; buckets: readonly number[] };
export type MetricTable = Readonly<Record<string, MetricDeclaration>>;

type NamesOf<T extends MetricTable, Kind> = {
  [Name in keyof T & string]: T[Name]['kind'] extends Kind ? Name : never;
}[keyof T & string];
type LabelsOf<T extends MetricTable, Name extends keyof T> = T[Name] extends {
  labels: readonly (infer Label extends string)[];
}
  ? Readonly<Partial<Record<Label, string>>>
  : Readonly<Record<string, never>>;

export interface Metrics<T extends MetricTable> {
  count<Name extends NamesOf<T, 'counter'>>(name: Name, labels?: LabelsOf<T, Name>, by?: number): void;
  set<Name extends NamesOf<T, 'gauge'>>(name: Name, value: number, labels?: LabelsOf<T, Name>): void;
  /** All values of a gauge at once: what is not among them is gone. */
  fill<Name extends NamesOf<T, 'gauge'>>(name: Name, samples: Iterable<Sample<LabelsOf<T, Name>>>): void;
  /** Asked at each reading; values with the same labels add up. The function that comes back ends that. */
  computed<Name extends NamesOf<T, 'gauge'>>(
    name: Name,
    read: () => Iterable<Sample<LabelsOf<T, Name>>>,
  ): () => void;
  observe<Name extends NamesOf<T, 'histogram'>>(
    name: Name,
    seconds: number,
    labels?: LabelsOf<T, Name>,
  ): void;
  /** All that is counted now, as plain JSON. */
  values(): MetricValues;
  /** Prometheus's text format 0.0.4. */
  render(): string;
}

export interface Sample<Labels> {
  value: number;
  labels?: Labels;
}

/** A label that takes ever new values would fill the memory; what comes later is counted together. */
export const mostSeries = 200;
export const longestLabel = 128;
const OVERFLOW = 'other';

export interface MetricSeries {
  /** Of the labels, in the order in which the table names them. */
  readonly values: readonly string[];
  readonly value: number;
  /** Of a histogram: how many fell into each bucket, not summed up. */
  readonly hits: readonly number[];
  readonly observed: number;
}

/** By the names of the metrics. */
export type MetricValues = Readonly<Record<string, readonly MetricSeries[]>>;

interface Series {
  values: readonly string[];
  value: number;
  hits: number[];
  observed: number;
}

interface Family {
  name: string;
  declaration: MetricDeclaration;
  series: Map<string, Series>;
  readers: Set<() => Iterable<Sample<object>>>;
}

export function createMetrics<T extends MetricTable>(table: T): Metrics<T> {
  const families = new Map(Object.entries(table).map(([name, row]) => [name, createFamily(name, row)]));

  const change = (name: string, labels: object, work: (series: Series) => void): void => {
    const family = families.get(name);
    if (family) work(seriesOf(family, labels));
  };
  const set = (name: string, value: number, labels: object = {}): void =>
    change(name, labels, (series) => (series.value = value));

  const values = (): MetricValues =>
    Object.fromEntries([...families].map(([name, family]) => [name, currentSeries(family)]));

  return {
    count(name: string, labels: object = {}, by = 1) {
      if (Number.isFinite(by) && by > 0) change(name, labels, (series) => (series.value += by));
    },
    set,
    fill(name: string, samples: Iterable<Sample<object>>) {
      families.get(name)?.series.clear();
      for (const { value, labels } of samples) set(name, value, labels);
    },
    computed(name: string, read: () => Iterable<Sample<object>>) {
      const readers = families.get(name)?.readers;
      // A function of its own, so that one reader may be given twice.
      const own = (): Iterable<Sample<object>> => read();
      readers?.add(own);
      return () => void readers?.delete(own);
    },
    observe(name: string, seconds: number, labels: object = {}) {
      if (!Number.isFinite(seconds)) return;
      // The clock of the machine may have been set back meanwhile.
      const value = Math.max(0, seconds);
      const bounds = bucketsOf(families.get(name));
      const place = bounds.findIndex((bound) => value <= bound);
      change(name, labels, (series) => {
        series.value += value;
        series.observed += 1;
        if (place >= 0) series.hits[place] = (series.hits[place] ?? 0) + 1;
      });
    },
    values,
    render: () => renderMetrics(table, [{ values: values() }]),
  };
}

function createFamily(name: string, declaration: MetricDeclaration): Family {
  const family: Family = { name, declaration, series: new Map(), readers: new Set() };
  // What has no labels is there from the start, as 0: a counter that appears with its first event hides that one.
  if (declaration.kind !== 'gauge' && labelsOf(family).length === 0) seriesOf(family, {});
  return family;
}

const labelsOf = ({ declaration }: Family): readonly string[] => declaration.labels ?? [];

function bucketsOf(family: Family | undefined): readonly number[] {
  return family?.declaration.kind === 'histogram' ? family.declaration.buckets : [];
}

function seriesOf(family: Family, labels: object): Series {
  const names = labelsOf(family);
  const given = names.map((name) => (textAt(labels, name) ?? '').slice(0, longestLabel));
  const isFull = family.series.size >= mostSeries && !family.series.has(JSON.stringify(given));
  const values = isFull ? names.map(() => OVERFLOW) : given;
  const key = JSON.stringify(values);
  const series = family.series.get(key) ?? { values, value: 0, hits: [], observed: 0 };
  family.series.set(key, series);
  return series;
}

function currentSeries(family: Family): MetricSeries[] {
  const joined: Family = {
    ...family,
    series: new Map([...family.series].map(([key, series]) => [key, { ...series }])),
  };
  for (const read of family.readers) {
    try {
      for (const { value, labels } of read()) seriesOf(joined, labels ?? {}).value += value;
    } catch {
      // One that cannot tell must not take the page away from the others; its value is missing then.
    }
  }
  const hitsOf = (hits: number[]): number[] => bucketsOf(family).map((_, place) => hits[place] ?? 0);
  return [...joined.series.values()].map((series) => ({ ...series, hits: hitsOf(series.hits) }));
}
