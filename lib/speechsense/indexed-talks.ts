import { at, textAt } from '../core/fields';
import type { StoreSource } from '../store/store';
import type { TalkMark } from './find-talk';

export interface MadeTalk {
  readonly key: string;
  readonly talkId: string;
  readonly mark: TalkMark;
  /** When its upload was begun. */
  readonly at: number;
}

/** Talks that were made for certain: Search has to find them before anybody believes that there is none of another. */
export interface IndexedTalks {
  note(service: string, talk: MadeTalk): Promise<void>;
  /** One that can be searched for by the field, and was not begun before: of those the oldest. */
  since(
    service: string,
    field: string,
    since: number,
  ): Promise<Pick<MadeTalk, 'talkId' | 'mark'> | undefined>;
  /** Whether a talk is known to belong to another upload. */
  isOfAnother(key: string, talkId: string): Promise<boolean>;
}

/** By then a talk is usually in the index. */
export const indexedAfterMs = 30 * 60_000;
/** One is kept for each such time, besides the latest. */
const most = 4;

interface Sample {
  readonly value: string;
  readonly talkId: string;
  readonly at: number;
}

export function createIndexedTalks(store: StoreSource, connectionId: string, keepMs: number): IndexedTalks {
  const kept = { ttlMs: keepMs };
  const samplesName = (service: string, field: string): string =>
    `speechsense:indexed:${connectionId}:${JSON.stringify([service, field])}`;
  const ownerName = (talkId: string): string => `speechsense:talk:${connectionId}:${talkId}`;

  async function samples(service: string, field: string): Promise<Sample[]> {
    return readSamples(await (await store()).get(samplesName(service, field)));
  }

  return {
    async note(service, { key, talkId, mark, at: begunAt }) {
      const open = await store();
      await open.set(ownerName(talkId), { key }, kept);
      const before = await samples(service, mark.field);
      const next = thinned([{ value: mark.value, talkId, at: begunAt }, ...before]);
      await open.set(samplesName(service, mark.field), next, kept);
    },
    async since(service, field, since) {
      const found = (await samples(service, field)).findLast((sample) => sample.at >= since);
      return found && { talkId: found.talkId, mark: { field, value: found.value } };
    },
    async isOfAnother(key, talkId) {
      const owner = textAt(await (await store()).get(ownerName(talkId)), 'key');
      return owner !== undefined && owner !== key;
    },
  };
}

/** The latest first. Whichever came too soon after the one before it makes room, so that older ones stay. */
function thinned(samples: readonly Sample[]): Sample[] {
  const [latest, second, third] = samples;
  const isTooSoon = second && third && second.at - third.at < indexedAfterMs;
  const rest = isTooSoon ? samples.slice(2) : samples.slice(1);
  return [...(latest ? [latest] : []), ...rest].slice(0, most);
}

function readSamples(value: unknown): Sample[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const [text, talkId, begunAt] = [textAt(entry, 'value'), textAt(entry, 'talkId'), at(entry, 'at')];
    if (text === undefined || talkId === undefined || typeof begunAt !== 'number') return [];
    return [{ value: text, talkId, at: begunAt }];
  });
}
