import type { ErrorCode } from '../core/errors';
import type { Loaded } from './load';
import type { Holder } from './lock';

export interface OpenReport {
  ms: number;
  records: number;
  /** Half-written ends, as a crash leaves them. */
  cutBytes: number;
  cutRecords: number;
  /** Damage in the middle. */
  damagedBytes: number;
  damagedRecords: number;
  foreignFiles: readonly string[];
  /** Sealed values and payloads whose key is gone. */
  unreadable: number;
  takenFrom: { pid: number; host: string } | undefined;
  /** All that a person should be told, as sentences of the catalogue: `bitlane.error.<code>`. */
  notices: readonly Notice[];
}

export interface Notice {
  code: ErrorCode;
  params: Readonly<Record<string, string | number>>;
}

export function reportOf(
  loaded: Loaded,
  takenFrom: Holder | undefined,
  unreadable: number,
  ms: number,
): OpenReport {
  const { records, cutBytes, cutRecords, damagedBytes, damagedRecords, foreignFiles } = loaded;
  const holder = takenFrom && { pid: takenFrom.pid, host: takenFrom.host };
  const notices: Notice[] = [];
  if (holder) notices.push({ code: 'STORE_TAKEN_OVER', params: holder });
  if (cutRecords > 0) notices.push({ code: 'STORE_CUT', params: { bytes: cutBytes } });
  if (damagedRecords > 0) {
    notices.push({ code: 'STORE_DAMAGED', params: { records: damagedRecords, bytes: damagedBytes } });
  }
  for (const file of foreignFiles) notices.push({ code: 'STORE_FOREIGN_FILE', params: { file } });
  if (unreadable > 0) notices.push({ code: 'STORE_KEY_LOST', params: { count: unreadable } });
  const damage = { cutBytes, cutRecords, damagedBytes, damagedRecords, foreignFiles };
  return { ms, records, ...damage, unreadable, takenFrom: holder, notices };
}
