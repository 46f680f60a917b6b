import { nodeProblems } from './node-problems';
import type { BotPlace, PartKind, Snapshot, Trouble } from './shapes';

/** In words of our own: the panel has a text for each. */
export const problemCodes = [
  'STORE_DOWN',
  'STORE_AWAY',
  'STORE_SILENT',
  'PART_SILENT',
  'PORTAL_FAILING',
  'BOT_SILENT',
  'BOT_FAILING',
  'POLLER_FAILING',
  'EVENTS_WANTED_TWICE',
  'EVENTS_OLD',
  'SYNC_FAILING',
  'SYNC_STANDING',
  'UPLOADS_HELD',
  'NODE_UNUSABLE',
  'NODE_FAILING',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export interface Problem {
  code: ProblemCode;
  kind: PartKind | 'node';
  id: string;
  name: string;
  /** Of a node: its settings have labels of their own. */
  nodeType?: string;
  trouble?: Trouble | undefined;
}

export interface Health {
  status: 'ok' | 'degraded' | 'down';
  problems: readonly Problem[];
}

/** As long as a flow may take by the default of bitrix-in: until then an event may rightly wait behind another. */
const OLD_MS = 10 * 60_000;
/** A row in the flow may take long, a whole page of a slow portal too; an hour without any of it is no work any more. */
const STANDING_MS = 60 * 60_000;
/** Until then an upload is looked for, and mostly found; see `send-until-clear`. */
const HELD_MS = 60 * 60_000;
/** With these a bot can do nothing, whatever was set up earlier: neither hear nor speak. */
const silencing: ReadonlySet<string> = new Set([
  ...['BITRIX_BOT_TAKEN', 'BITRIX_AUTH', 'BITRIX_APP_LOST', 'BITRIX_APP_KEYS', 'BITRIX_APP_UNPAID'],
  ...['BITRIX_PLAN', 'BITRIX_OVERLOADED', 'BITRIX_MOVED', 'BITRIX_UNREACHABLE'],
]);
const failing: ReadonlySet<string> = new Set(['failed', 'unusable', 'failing']);

/** Down: events cannot be kept. Degraded: something needs a look, and what comes in is still kept. */
export function healthOf(snapshot: Snapshot): Health {
  const problems = [
    ...snapshot.stores.flatMap(storeProblems),
    ...snapshot.silent.map(silentProblem),
    ...snapshot.portals.flatMap(portalProblems),
    ...snapshot.bots.flatMap(botProblems),
    ...snapshot.pollers.flatMap(pollerProblems),
    ...snapshot.readers.flatMap(readerProblems),
    ...snapshot.cursors.flatMap((cursor) => cursorProblems(cursor, snapshot.at)),
    ...snapshot.uploads.flatMap((uploads) => uploadProblems(uploads, snapshot.at)),
    ...nodeProblems(snapshot),
  ];
  const isDown = problems.some(({ code }) => code === 'STORE_DOWN');
  return { status: isDown ? 'down' : problems.length > 0 ? 'degraded' : 'ok', problems };
}

/** Where events can wait on this machine, they are kept although the store is away. */
function storeProblems({ id, name, folder, state, reason, local }: Snapshot['stores'][number]): Problem[] {
  if (state === 'ready' || state === 'opening') return [];
  const code = local === undefined ? 'STORE_DOWN' : 'STORE_AWAY';
  return [{ code, kind: 'store', id, name: name ?? folder, trouble: reason }];
}

/** A store that says why it cannot tell is not there; one that says nothing may be slow. */
function silentProblem({ kind, id, name, trouble }: Snapshot['silent'][number]): Problem {
  if (kind !== 'store') return { code: 'PART_SILENT', kind, id, name, trouble };
  return { code: trouble.code === 'SILENT' ? 'STORE_SILENT' : 'STORE_DOWN', kind, id, name, trouble };
}

function portalProblems({ id, name, state, lastError }: Snapshot['portals'][number]): Problem[] {
  return failing.has(state) ? [{ code: 'PORTAL_FAILING', kind: 'portal', id, name, trouble: lastError }] : [];
}

function botProblems({ id, name, code, mode, portals, poller }: Snapshot['bots'][number]): Problem[] {
  const known = { id, name: name === '' ? code : name };
  const place = portals.find(({ state }) => failing.has(state));
  const problems: Problem[] = [];
  if (place) {
    const problem = isSilent(place, mode) ? 'BOT_SILENT' : 'BOT_FAILING';
    problems.push({ code: problem, kind: 'bot', ...known, trouble: place.lastError });
  }
  if (poller?.state === 'failing') {
    problems.push({ code: 'POLLER_FAILING', kind: 'bot', ...known, trouble: poller.lastError });
  }
  return problems;
}

/** One that was never found on the portal since the start: its events are fetched by nobody. */
function isSilent({ botId, lastError }: BotPlace, mode: Snapshot['bots'][number]['mode']): boolean {
  return botId === undefined && (mode === 'fetch' || silencing.has(lastError?.code ?? ''));
}

function pollerProblems({ id, name, state, lastError }: Snapshot['pollers'][number]): Problem[] {
  return failing.has(state) ? [{ code: 'POLLER_FAILING', kind: 'poller', id, name, trouble: lastError }] : [];
}

/** What is wrong with its bot is a problem of the bot. */
function readerProblems({ id, name, oldestMs = 0, trouble }: Snapshot['readers'][number]): Problem[] {
  const known = { kind: 'reader', id, name } as const;
  const problems: Problem[] = oldestMs > OLD_MS ? [{ code: 'EVENTS_OLD', ...known }] : [];
  const isConflict = trouble?.code === 'EVENT_CONFLICT';
  return isConflict ? [{ code: 'EVENTS_WANTED_TWICE', ...known, trouble }, ...problems] : problems;
}

/** Stopped by a person is no problem: somebody knows of it. */
function cursorProblems(cursor: Snapshot['cursors'][number], now: number): Problem[] {
  const { id, name, error, state, movedAt } = cursor;
  const known = { kind: 'cursor', id, name } as const;
  if (error) return [{ code: 'SYNC_FAILING', ...known, trouble: { ...error, message: error.code } }];
  const isStanding = state !== 'idle' && movedAt !== undefined && now - movedAt > STANDING_MS;
  return isStanding ? [{ code: 'SYNC_STANDING', ...known }] : [];
}

function uploadProblems({ id, name, oldestSince }: Snapshot['uploads'][number], now: number): Problem[] {
  const isLong = oldestSince !== undefined && now - oldestSince > HELD_MS;
  return isLong ? [{ code: 'UPLOADS_HELD', kind: 'uploads', id, name }] : [];
}
