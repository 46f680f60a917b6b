import type { Method, MethodTable } from '../call';
import { scoped } from '../call';
import type { Courier } from '../deliveries';
import type { FaultKind } from '../faults';
import { ensureItem } from '../crm/client-items';
import { denied, type Refusal } from '../refusal';
import type { PortalState } from '../state';
import { createCallBook, type CallBook } from './call-book';
import type { CallCard, CallInit, RecordInit } from './call-card';
import { announceCallEnd, outgoingWebhook, type OutgoingWebhook } from './call-end-event';
import {
  createRecordingDownloads,
  usualManners,
  type DownloadManners,
  type RecordingDownloads,
} from './recording-downloads';
import { createRecordings, recordPieces, type Recordings } from './recordings';
import { seededClients, type SeedInit } from './seeded-calls';
import { createStatistic, type SeenOperators } from './statistic';
import { createTranscripts, type Transcript } from './transcripts';

/** Of the calls' statistics: of everybody, of the own departments, only the own ones, or none at all. */
export type StatisticRight = 'all' | 'department' | 'own' | 'none';

/** The portal's telephone: what a test or a person makes of it. */
export interface Telephony {
  /** `announce`: the handlers of ONVOXIMPLANTCALLEND hear of it; `portal.settled()` waits for that. */
  addCall: (init?: CallInit & { announce?: boolean }) => CallCard;
  /** Many invented calls, made on demand. */
  seed: (init: SeedInit) => { firstId: number; lastId: number };
  /** By row id, or by call id. */
  call: (which: number | string) => CallCard;
  changeCall: (which: number | string, change: Partial<Omit<CallCard, 'id'>>) => CallCard;
  readonly count: number;
  calls: () => Iterable<CallCard>;
  /** A file in place of the old one, with another id. Gives the id. */
  attachRecord: (which: number | string, record?: Buffer | RecordInit) => number;
  removeRecord: (which: number | string) => void;
  /** What a download of it gives. */
  recordBytes: (which: number | string) => Buffer;
  /** The next downloads of this call's recording fail. */
  breakRecord: (which: number | string, fault: FaultKind, times?: number) => void;
  /** How often a recording of this call left as a whole. */
  sentRecords: (which: number | string) => number;
  setDownloads: (manners: Partial<DownloadManners>) => void;
  /** Default: everybody sees all calls, whoever may open the recordings. */
  setRight: (userId: number, right: StatisticRight) => void;
  /** From now on this address hears of calls that end. */
  outgoingWebhook: (url: string, applicationToken?: string) => OutgoingWebhook;
  /** `refused`: for want of rights. Default: taken. */
  setTranscripts: (policy: 'taken' | 'refused' | Refusal) => void;
  readonly transcripts: readonly Transcript[];
}

export interface TelephonyParts {
  surface: Telephony;
  recordings: Recordings;
  downloads: RecordingDownloads;
  methods: MethodTable;
}

export function createTelephony(
  state: PortalState,
  courier: Courier,
  background: (work: Promise<unknown>) => void,
): TelephonyParts {
  const now = (): number => state.now();
  const book = createCallBook(now);
  const rights = new Map<number, StatisticRight>();
  const webhooks: OutgoingWebhook[] = [];
  let manners = usualManners;
  let transcriptRefusal: Refusal | undefined;

  const recordings = createRecordings(state, book, () => manners.linkSeconds);
  const downloads = createRecordingDownloads(recordings, () => manners);
  const transcripts = createTranscripts(book, now, () => transcriptRefusal);
  const statistic = createStatistic({
    book,
    now,
    seenBy: (userId) => seenOperators(state, userId, rights.get(userId) ?? 'all'),
  });
  const method = (run: Method['run']): Method => ({ run });
  const find = (which: number | string): CallCard => callNamed(book, which);

  return {
    recordings,
    downloads,
    methods: scoped(['telephony'], {
      'voximplant.statistic.get': method(statistic),
      'telephony.call.attachTranscription': method(transcripts.attach),
    }),
    surface: {
      addCall({ announce = false, ...init } = {}) {
        const call = book.add(init);
        if (call.crm) ensureItem(state, call.crm.type, call.crm.id);
        if (announce) background(announceCallEnd(state, courier, webhooks, call));
        return call;
      },
      seed(init) {
        for (let id = 1; id <= seededClients; id += 1)
          for (const type of ['CONTACT', 'COMPANY', 'LEAD'] as const) ensureItem(state, type, id);
        return book.seed(init);
      },
      call: find,
      changeCall: (which, change) => book.change(find(which).id, change),
      get count() {
        return book.ids.length;
      },
      *calls() {
        for (const id of book.ids) yield find(id);
      },
      attachRecord: (which, record = {}) =>
        book.attach(find(which).id, Buffer.isBuffer(record) ? { bytes: record } : record).fileId,
      removeRecord: (which) => {
        book.change(find(which).id, { record: undefined });
      },
      recordBytes: (which) => Buffer.concat([...recordPieces(recordOf(find(which)), find(which))]),
      breakRecord: (which, fault, times = 1) => downloads.breakCall(find(which).id, fault, times),
      sentRecords: (which) => downloads.sent.get(find(which).id) ?? 0,
      setDownloads: (change) => {
        manners = { ...manners, ...change };
      },
      setRight: (userId, right) => {
        rights.set(userId, right);
      },
      outgoingWebhook(url, applicationToken) {
        const webhook = outgoingWebhook(url, applicationToken);
        webhooks.push(webhook);
        return webhook;
      },
      setTranscripts: (policy) => {
        if (policy === 'taken') transcriptRefusal = undefined;
        else transcriptRefusal = policy === 'refused' ? denied('ACCESS_DENIED', 'Access denied!') : policy;
      },
      transcripts: transcripts.list,
    },
  };
}

function callNamed(book: CallBook, which: number | string): CallCard {
  const call = typeof which === 'number' ? book.get(which) : book.byCallId(which);
  if (!call) throw new Error(`the portal has no call ${which}`);
  return call;
}

function recordOf({ id, record }: CallCard): NonNullable<CallCard['record']> {
  if (!record) throw new Error(`call ${id} has no recording`);
  return record;
}

function seenOperators(state: PortalState, userId: number, right: StatisticRight): SeenOperators {
  if (right === 'all') return 'all';
  if (right === 'none') return undefined;
  const departments = state.users.get(userId)?.departments ?? [];
  const colleagues = [...state.users.values()].filter((user) =>
    user.departments.some((department) => departments.includes(department)),
  );
  return new Set([userId, ...(right === 'own' ? [] : colleagues.map(({ id }) => id))]);
}
