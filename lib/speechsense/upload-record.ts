import { at, entriesAt, textAt } from '../core/fields';
import { usualEndpoint } from './endpoint';

const states = ['begun', 'done', 'uncertain', 'forgotten'] as const;

export interface UploadRecord {
  /**
   * `begun`: everything was handed over, or was about to be, and no answer is known. `uncertain`: the same, and a
   * person is to look. `forgotten`: a person has looked away; nothing but a person sends it.
   */
  readonly state: (typeof states)[number];
  /** When it was done; of all others, when it was begun. */
  readonly at: number;
  /** Whose talk it is: by `serviceOf`. */
  readonly service?: string;
  /** Of a badge upload, its operation. */
  readonly talkId?: string;
  readonly badgeId?: string;
  /** Talks that the same upload made before, on request. */
  readonly earlier?: readonly string[];
  /** What is on its way was asked for although there may be a talk. */
  readonly isAgain?: true;
  /** What other services know under the same key. */
  readonly elsewhere?: readonly UploadRecord[];
}

const officialNames: readonly string[] = [usualEndpoint, 'api.talk-analytics.yandexcloud.net:443'];

/** Both names of the official service lead to the same talks. */
export function serviceOf(authority: string): string {
  return officialNames.includes(authority) ? usualEndpoint : authority;
}

/** What the record tells of one service. */
export function recordAt(record: UploadRecord | undefined, service: string): UploadRecord | undefined {
  if (!record || isOf(record, service)) return record;
  return record.elsewhere?.find((other) => isOf(other, service));
}

/** What it tells of the others. */
export function elsewhereIn(record: UploadRecord | undefined, service: string): UploadRecord[] {
  if (!record) return [];
  const { elsewhere = [], ...own } = record;
  return [own, ...elsewhere].filter((other) => !isOf(other, service));
}

function isOf({ service }: UploadRecord, wanted: string): boolean {
  return service === undefined || service === wanted;
}

export function isHeld(record: UploadRecord | undefined): boolean {
  return record?.state === 'uncertain' || record?.state === 'forgotten';
}

/** Every talk that is known to be of this key. */
export function talksOf(record: UploadRecord | undefined): string[] {
  return [...(record?.earlier ?? []), ...(record?.talkId === undefined ? [] : [record.talkId])];
}

export function readRecord(value: unknown): UploadRecord | undefined {
  const state = states.find((name) => name === textAt(value, 'state'));
  const since = at(value, 'at');
  if (!state || typeof since !== 'number') return undefined;
  const service = textAt(value, 'service');
  const talkId = textAt(value, 'talkId');
  const badgeId = textAt(value, 'badgeId');
  const earlier = entriesAt(value, 'earlier').filter((id) => typeof id === 'string');
  const elsewhere = entriesAt(value, 'elsewhere').flatMap((other) => readRecord(other) ?? []);
  return {
    state,
    at: since,
    ...(service !== undefined && { service }),
    ...(talkId !== undefined && { talkId }),
    ...(badgeId !== undefined && { badgeId }),
    ...(earlier.length > 0 && { earlier }),
    ...(at(value, 'isAgain') === true && { isAgain: true as const }),
    ...(elsewhere.length > 0 && { elsewhere }),
  };
}
