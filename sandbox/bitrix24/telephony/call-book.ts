import {
  recordName,
  reasonOf,
  type CallCard,
  type CallInit,
  type RecordCard,
  type RecordInit,
} from './call-card';
import { builtInCallId, externalCallId, rowNamedBy } from './call-ids';
import { firstFileOf, laterFiles, rowOfFirstFile } from './file-ids';
import { planSeed, seededCall, type SeedInit, type SeedPlan } from './seeded-calls';

/** The portal's calls by row id. Those that were seeded are made on demand until somebody changes them. */
export interface CallBook {
  add: (init: CallInit) => CallCard;
  seed: (init: SeedInit) => { firstId: number; lastId: number };
  change: (id: number, change: Partial<Omit<CallCard, 'id'>>) => CallCard;
  attach: (id: number, init: RecordInit) => RecordCard;
  /** Every row id, ascending. */
  readonly ids: readonly number[];
  get: (id: number) => CallCard | undefined;
  /** As the database compares: small letters and capitals are the same. */
  byCallId: (callId: string) => CallCard | undefined;
  /** Only while it is the recording of its call. */
  byFile: (fileId: number) => CallCard | undefined;
  /** Another number after every change: what was found out before is stale. */
  version: () => number;
}

const usualApp = { id: 3, name: 'Telephone bridge' };

export function createCallBook(now: () => number): CallBook {
  const ids: number[] = [];
  const plans: SeedPlan[] = [];
  const changed = new Map<number, CallCard>();
  const namedOtherwise = new Map<string, number>();
  const filedLater = new Map<number, number>();
  let version = 0;

  function get(id: number): CallCard | undefined {
    const known = changed.get(id);
    if (known) return known;
    const plan = plans.find(({ firstId, count }) => id >= firstId && id < firstId + count);
    return plan ? seededCall(plan, id - plan.firstId) : undefined;
  }

  function keep(card: CallCard): CallCard {
    version += 1;
    changed.set(card.id, card);
    if (rowNamedBy(card.callId) !== card.id) namedOtherwise.set(card.callId.toLowerCase(), card.id);
    return card;
  }

  function nextId(wanted?: number): number {
    const last = ids.at(-1) ?? 0;
    const id = wanted ?? last + 1;
    if (id <= last) throw new Error(`row ${id} would come before row ${last}: ids only grow`);
    return id;
  }

  function recordOf(card: CallCard, fileId: number, init: RecordInit): RecordCard {
    return {
      fileId,
      name: init.name ?? recordName(card.startedAt, card.phone, 'wav'),
      seconds: init.seconds ?? Math.max(1, card.duration - 1),
      channels: init.channels ?? 2,
      ...(init.bytes ? { bytes: init.bytes } : {}),
      readyAt: now() + (init.afterMs ?? 0),
    };
  }

  function change(id: number, changes: Partial<Omit<CallCard, 'id'>>): CallCard {
    const card = get(id);
    if (!card) throw new Error(`the portal has no call ${id}`);
    return keep({ ...card, ...changes });
  }

  return {
    add(init) {
      const id = nextId(init.id);
      const card = newCall(init, id, now());
      if (init.record !== 'none' && (init.record !== undefined || tookPlace(card)))
        card.record = recordOf(card, firstFileOf(id), init.record ?? {});
      ids.push(id);
      return keep(card);
    },
    seed(init) {
      const plan = planSeed(init, nextId(), now());
      plans.push(plan);
      for (let index = 0; index < plan.count; index += 1) ids.push(plan.firstId + index);
      version += 1;
      return { firstId: plan.firstId, lastId: plan.firstId + plan.count - 1 };
    },
    change,
    attach(id, init) {
      const fileId = laterFiles + filedLater.size;
      const record = recordOf(change(id, {}), fileId, init);
      filedLater.set(fileId, id);
      change(id, { record });
      return record;
    },
    ids,
    get,
    byCallId(given) {
      const callId = given.toLowerCase();
      const card = get(namedOtherwise.get(callId) ?? rowNamedBy(callId) ?? 0);
      return card?.callId.toLowerCase() === callId ? card : undefined;
    },
    byFile(fileId) {
      const card = get(filedLater.get(fileId) ?? rowOfFirstFile(fileId));
      return card?.record?.fileId === fileId ? card : undefined;
    },
    version: () => version,
  };
}

function tookPlace({ failedCode, duration, recordUrl }: CallCard): boolean {
  return failedCode === '200' && duration > 0 && (recordUrl ?? '') === '';
}

function newCall(init: CallInit, id: number, now: number): CallCard {
  const app = init.app === true ? usualApp : init.app === false ? undefined : init.app;
  const failedCode = init.failedCode ?? '200';
  const duration = init.duration ?? (failedCode === '200' ? 60 : 0);
  const startedAt = Math.floor((init.startedAt ?? now - duration * 1000) / 1000) * 1000;
  return {
    callId: (app ? externalCallId : builtInCallId)(0, id, startedAt),
    type: 2,
    operatorId: 7,
    portalNumber: app ? `REST_APP:${app.id}` : 'reg133788',
    phone: '+79061234568',
    externalCallId: null,
    failedReason: reasonOf(failedCode),
    activityId: 5000 + id,
    sessionId: app ? null : 3_841_000_000 + id,
    vote: null,
    cost: '0.0000',
    currency: app ? '' : 'RUR',
    comment: null,
    redialAttempt: null,
    transcriptId: null,
    recordUrl: app ? null : '',
    ...init,
    failedCode,
    duration,
    startedAt,
    id,
    app,
    crm: init.crm,
    record: undefined,
  };
}
