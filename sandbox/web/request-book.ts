import { createMasking } from '../bitrix24/masking';
import { isMap } from '../shared/params';
import { sourcesOf, type Entry, type Exchange, type StandIns } from './request-sources';

export interface RequestView extends Exchange {
  number: number;
  at: number;
  /** Of those that began in the same moment, the smaller one is the earlier. */
  rank: number;
}

export interface RequestBook {
  /** Those that ended behind this number, in the order in which they began. */
  after(number: number): RequestView[];
  /** Looks for what has come since. */
  look(): void;
}

const most = 1000;
/** As many as a page shows. */
const mostAtOnce = 300;
const longestText = 2000;
const longestList = 20;
/** SpeechSense has a field of that name: who the client of a talk was. In Bitrix24 it is a key. */
const openNames: Readonly<Record<string, readonly string[]>> = { SpeechSense: ['client_id'] };

/** Everything that went to and fro, in its order, so that the protocols can be read along. */
export function createRequestBook(standIns: StandIns, secrets: () => readonly string[]): RequestBook {
  const sources = sourcesOf(standIns);
  const masking = createMasking();
  let entries: Numbered[] = [];
  let last = 0;

  // Cut last: of a secret that a cut goes through, one half would stay.
  const clean = (value: unknown, to?: string): unknown =>
    shortened(masking.clean(withoutBytes(value), openNames[to ?? '']));

  return {
    look() {
      for (const secret of secrets()) masking.hide(secret);
      for (const [rank, source] of sources.entries())
        for (const entry of source()) entries.push({ ...entry, rank, number: (last += 1) });
      if (entries.length > most) entries = entries.slice(-most);
    },
    after: (number) =>
      entries
        .filter((entry) => entry.number > number)
        .slice(-mostAtOnce)
        .sort(byBeginning)
        .map((entry) => {
          const { what, error, sent, answered, ...rest } = entry.view();
          return {
            ...{ number: entry.number, at: entry.at, rank: entry.rank, ...rest },
            what: String(clean(what)),
            error: error === undefined ? undefined : String(clean(error)),
            sent: clean(sent, rest.to),
            answered: clean(answered, rest.to),
          };
        }),
  };
}

type Numbered = Entry & { rank: number; number: number };

const byBeginning = (one: Numbered, other: Numbered): number =>
  one.at - other.at || one.rank - other.rank || one.number - other.number;

/** Told by their number: looked through one by one, they would hold everything up. */
function withoutBytes(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutBytes(inner)]));
}

/** A page is for reading. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length > longestText ? `${value.slice(0, longestText)}… (${value.length})` : value;
  }
  if (Array.isArray(value)) {
    const left = value.length - longestList;
    return [...value.slice(0, longestList).map(shortened), ...(left > 0 ? [`… (${value.length})`] : [])];
  }
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner)]));
}
