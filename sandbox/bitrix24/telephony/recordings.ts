import { createHmac, randomBytes } from 'node:crypto';
import { talkPieces, wavSize } from '../../shared/audio';
import { idOf, textOf } from '../../shared/params';
import type { Caller, MethodCall } from '../call';
import { denied } from '../refusal';
import { isoStamp } from '../stamp';
import type { PortalState } from '../state';
import type { CallBook } from './call-book';
import type { CallCard, RecordCard } from './call-card';
import { recordAt } from './call-row';

/** Files of the recordings folder, which only administrators may open; each file also its own operator. */
export interface Recordings {
  /** What `disk.file.get` says of it; none when the drive has no such recording. */
  describe: (fileId: number, call: MethodCall) => Readonly<Record<string, unknown>> | undefined;
  /** The recording that a download link speaks of, however old the link is. */
  ofLink: (token: string) => { call: CallCard; record: RecordCard; isAged: boolean } | undefined;
}

export function createRecordings(state: PortalState, book: CallBook, linkSeconds: () => number): Recordings {
  const key = randomBytes(16);
  const signed = (text: string): string => createHmac('sha256', key).update(text).digest('hex').slice(0, 32);

  function current(fileId: number): { call: CallCard; record: RecordCard } | undefined {
    const call = book.byFile(fileId);
    const record = call && recordAt(call, state.now());
    return record ? { call, record } : undefined;
  }

  /** Nothing is remembered of a link: a hundred thousand of them take no room. */
  function ticket(fileId: number): string {
    const text = `${fileId}.${Math.floor(state.now()) + linkSeconds() * 1000}`;
    return `disk|${text}.${signed(text)}`;
  }

  return {
    describe(fileId, { params, caller }) {
      const found = current(fileId);
      if (!found) return undefined;
      if (!mayRead(caller, found.call)) throw denied('ACCESS_DENIED', 'Access denied');
      const auth = textOf(params['auth']) ?? state.webhook.secret;
      const token = encodeURIComponent(ticket(fileId));
      return {
        ...fileFields(found.record, found.call),
        DOWNLOAD_URL: `${state.origin}/rest/download.json?auth=${auth}&token=${token}`,
        DETAIL_URL: `${state.origin}/docs/file/${encodeURIComponent(found.record.name)}`,
      };
    },
    ofLink(token) {
      const [, text = '', fileId = '', until = '', signature] =
        /^disk\|((\d+)\.(\d+))\.([0-9a-f]+)$/.exec(token) ?? [];
      const found = signature === signed(text) ? current(idOf(fileId)) : undefined;
      return found && { ...found, isAged: Number(until) <= state.now() };
    },
  };
}

function mayRead(caller: Caller, call: CallCard): boolean {
  return caller.admin || caller.userId === call.operatorId;
}

function fileFields(record: RecordCard, call: CallCard): Readonly<Record<string, unknown>> {
  const madeAt = isoStamp(Math.max(record.readyAt, call.startedAt));
  const author = String(call.operatorId ?? 0);
  return {
    ID: String(record.fileId),
    NAME: record.name,
    CODE: null,
    STORAGE_ID: '1',
    TYPE: 'file',
    PARENT_ID: folderOf(call.startedAt),
    DELETED_TYPE: '0',
    GLOBAL_CONTENT_VERSION: '1',
    // The storage's id: it may well be the drive's id of another recording.
    FILE_ID: String(record.fileId + 1),
    SIZE: String(recordSize(record)),
    CREATE_TIME: madeAt,
    UPDATE_TIME: madeAt,
    DELETE_TIME: null,
    CREATED_BY: author,
    UPDATED_BY: author,
    DELETED_BY: null,
  };
}

/** One folder per month. */
function folderOf(at: number): string {
  const month = new Date(at);
  return String(100 + month.getUTCFullYear() * 12 + month.getUTCMonth());
}

export function recordSize(record: RecordCard): number {
  return record.bytes?.length ?? wavSize(record);
}

/** The bytes piece by piece; an hour of talk is never held as a whole. */
export function recordPieces(record: RecordCard, call: CallCard): Iterable<Buffer> {
  return record.bytes ? [record.bytes] : talkPieces({ ...record, seed: call.id });
}
