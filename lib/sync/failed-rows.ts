import { textAt } from '../core/fields';
import type { StoreSource } from '../store/store';
import { failedPrefix, idInKey } from './cursor-key';
import { wholeAt } from './place';
import { withoutUndefined } from './row-label';
import type { Tenure } from './tenure';
import type { FailedPage, FailedRow } from './types';

/** Rows that were given up, until a person has them tried again or drops them. In memory lie their ids alone. */
export interface FailedRows {
  load(): Promise<void>;
  has(id: number): boolean;
  size(): number;
  /** Ascending. */
  ids(): number[];
  tries(id: number): Promise<number>;
  /** Resolves when it would survive a power cut. */
  add(row: FailedRow): Promise<void>;
  drop(id: number): Promise<boolean>;
  page(after: number, limit: number): Promise<FailedPage>;
  forget(): Promise<void>;
}

export interface FailedRowsOptions {
  key: string;
  store: StoreSource;
  tenure: Tenure;
}

export function createFailedRows({ key, store, tenure }: FailedRowsOptions): FailedRows {
  const prefix = failedPrefix(key);
  const known = new Set<number>();
  const ids = (): number[] => [...known].sort((left, right) => left - right);

  async function read(id: number): Promise<FailedRow> {
    return rowIn(id, await (await store()).get(prefix + id));
  }

  async function drop(id: number): Promise<boolean> {
    const open = await store();
    await tenure.assertOurs();
    await open.delete(prefix + id);
    return known.delete(id);
  }

  return {
    async load() {
      known.clear();
      for await (const { key: full } of (await store()).scan(prefix)) {
        const id = idInKey(full, prefix);
        if (id !== undefined) known.add(id);
      }
    },
    has: (id) => known.has(id),
    size: () => known.size,
    ids,
    tries: async (id) => (known.has(id) ? (await read(id)).tries : 0),
    async add({ id, ...row }) {
      const open = await store();
      await tenure.assertOurs();
      await open.set(prefix + id, row, { durable: true });
      known.add(id);
    },
    drop,
    async page(after, limit) {
      const later = ids().filter((id) => id > after);
      const here = later.slice(0, limit);
      const rows = await Promise.all(here.map(read));
      return { rows, total: known.size, next: later.length > here.length ? here.at(-1) : undefined };
    },
    async forget() {
      for (const id of ids()) await drop(id);
    },
  };
}

function rowIn(id: number, value: unknown): FailedRow {
  return withoutUndefined({
    id,
    title: textAt(value, 'title') ?? '',
    mark: textAt(value, 'mark'),
    at: wholeAt(value, 'at'),
    reason: textAt(value, 'reason') ?? '',
    tries: wholeAt(value, 'tries') ?? 0,
    failedAt: wholeAt(value, 'failedAt') ?? 0,
  });
}
