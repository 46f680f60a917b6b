import type { PartKind, Snapshot, Trouble } from './shapes';

/** In words of our own: the panel has a text for each. */
export type ProblemCode =
  | 'STORE_DOWN'
  | 'STORE_AWAY'
  | 'STORE_SILENT'
  | 'PART_SILENT'
  | 'PORTAL_FAILING'
  | 'BOT_FAILING'
  | 'POLLER_FAILING'
  | 'EVENTS_OLD';

export interface Problem {
  code: ProblemCode;
  kind: PartKind;
  id: string;
  name: string;
  trouble?: Trouble | undefined;
}

export interface Health {
  status: 'ok' | 'degraded' | 'down';
  problems: readonly Problem[];
}

/** As long as a flow may take by the default of bitrix-in: until then an event may rightly wait behind another. */
const OLD_MS = 10 * 60_000;
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

function botProblems({ id, name, code, portals, poller }: Snapshot['bots'][number]): Problem[] {
  const known = { id, name: name === '' ? code : name };
  const place = portals.find(({ state }) => failing.has(state));
  const problems: Problem[] = [];
  if (place) problems.push({ code: 'BOT_FAILING', kind: 'bot', ...known, trouble: place.lastError });
  if (poller?.state === 'failing') {
    problems.push({ code: 'POLLER_FAILING', kind: 'bot', ...known, trouble: poller.lastError });
  }
  return problems;
}

function pollerProblems({ id, name, state, lastError }: Snapshot['pollers'][number]): Problem[] {
  return failing.has(state) ? [{ code: 'POLLER_FAILING', kind: 'poller', id, name, trouble: lastError }] : [];
}

function readerProblems({ id, name, oldestMs = 0 }: Snapshot['readers'][number]): Problem[] {
  return oldestMs > OLD_MS ? [{ code: 'EVENTS_OLD', kind: 'reader', id, name }] : [];
}
