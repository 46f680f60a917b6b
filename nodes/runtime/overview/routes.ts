import type { Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { at, entriesAt, flagAt, idAt, textAt } from '../../../lib/core/fields';
import { METRICS_MEDIA_TYPE } from '../../../lib/core/metric-text';
import type { Metrics } from '../../../lib/core/metrics';
import type { PackMetricTable } from '../../../lib/core/metric-table';
import { packRedactor } from '../redactor';
import { healthOf } from './health';
import { instancesView } from './instance-view';
import type { Instance, Instances } from './instances';
import { createLetterWork } from './letter-work';
import { troubleOf } from './asking';
import type { Overview } from './overview';
import { createMetricsPage } from './shared-metrics';
import { cursorActions } from './shapes';

/** The part of Node-RED that is needed here. */
export type RouteHost = Pick<NodeAPI, 'httpAdmin' | 'auth' | 'log'>;

export interface RouteParts {
  overview: Overview;
  metrics: Metrics<PackMetricTable>;
  /** The processes that share a store with this one. */
  instances?: Instances;
}

interface Answer {
  status: number;
  type: string;
  text: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const LETTERS_SHOWN = 50;

/** `GET bitlane/health`, `bitlane/metrics`, `bitlane/panel`, and what the panel's buttons do. */
export function serveOverview(RED: RouteHost, { overview, metrics, instances }: RouteParts): void {
  const work = createLetterWork(overview);
  const metricsPage = createMetricsPage(metrics);
  const handler =
    (answer: (request: Request) => Promise<Answer>): RequestHandler =>
    (request, response) => {
      answer(request)
        .catch((thrown: unknown) => jsonAnswer({ ok: false, trouble: troubleOf(thrown) }, 500))
        .then((result) => reply(response, result))
        .catch(() => response.destroy());
    };
  const read = (path: string, answer: () => Promise<Answer>): void => {
    RED.httpAdmin.get(`/bitlane/${path}`, RED.auth.needsPermission('bitlane.read'), handler(answer));
  };
  const write = (path: string, run: (body: unknown) => Promise<object | undefined>): void => {
    const answer = async (request: Request): Promise<Answer> => {
      // A page of another site can post a form with the person's cookies, but no JSON.
      if (!request.is('application/json')) return jsonAnswer({ ok: false }, 415);
      const result = await run(request.body);
      return result ? jsonAnswer(result) : jsonAnswer({ ok: false }, 400);
    };
    RED.httpAdmin.post(`/bitlane/${path}`, RED.auth.needsPermission('bitlane.write'), handler(answer));
  };

  read('health', async () => {
    const { status, problems } = healthOf(await overview.read());
    const reasons = [...new Set(problems.map(({ code }) => code))];
    const all = (await instances?.look())?.map((one) => (one.isSelf ? { ...one, status } : one));
    return jsonAnswer({ status, reasons, instances: all?.map(healthEntry) }, status === 'ok' ? 200 : 503);
  });
  read('metrics', async () => {
    const [snapshot, all] = await Promise.all([overview.read(), instances?.look()]);
    return { status: 200, type: METRICS_MEDIA_TYPE, text: metricsPage(snapshot, all) };
  });
  read('panel', async () => {
    const [snapshot, all] = await Promise.all([overview.read({ letters: LETTERS_SHOWN }), instances?.look()]);
    const view = all && instancesView(all, snapshot);
    return jsonAnswer({ ...healthOf(snapshot), ...snapshot, instances: view });
  });
  write('panel/replay', (body) => work.change('replay', letterIn(body)));
  write('panel/discard', (body) => work.change('discard', letterIn(body)));
  write('panel/letter', (body) => work.show(letterIn(body)));
  write('panel/upload', (body) => settleUpload(overview, body));
  write('panel/cursor', (body) => actOnCursor(overview, body));
}

/** `status` is of the process that answers; whoever asks several times behind a balancer finds the others here. */
function healthEntry({ name, status, isSilent, isSelf, pack, ageMs }: Instance): object {
  return { name, status, isSilent, isSelf, pack, ageMs };
}

async function actOnCursor(overview: Overview, body: unknown): Promise<{ ok: boolean } | undefined> {
  const key = textAt(body, 'key');
  const action = cursorActions.find((known) => known === textAt(body, 'action'));
  if (key === undefined || action === undefined) return undefined;
  const given = entriesAt(body, 'ids');
  const ids = given.flatMap((id) => idAt({ id }, 'id') ?? []);
  // A list that cannot be read must not be taken for all.
  if (at(body, 'ids') !== undefined && (ids.length === 0 || ids.length < given.length)) return undefined;
  const act = overview.cursor(key);
  await act?.(action, ids.length > 0 ? ids : undefined);
  return { ok: act !== undefined };
}

async function settleUpload(overview: Overview, body: unknown): Promise<{ ok: boolean } | undefined> {
  const key = textAt(body, 'key');
  const how = textAt(body, 'how');
  if (key === undefined || (how !== 'again' && how !== 'forget')) return undefined;
  const settle = overview.settler(textAt(body, 'list') ?? '');
  return { ok: (await settle?.(key, how)) ?? false };
}

function letterIn(body: unknown): { store: string; queue?: string; id?: string; all: boolean } {
  const queue = textAt(body, 'queue');
  const id = textAt(body, 'id');
  const all = flagAt(body, 'all');
  return { store: textAt(body, 'store') ?? '', all, ...(queue && { queue }), ...(id && { id }) };
}

function reply(response: Response, { status, type, text }: Answer): void {
  // `send` would write the media type anew, in its own order.
  response.status(status).set({ 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
}

/** Names by which something is found again must come back as they were. */
const verbatim: ReadonlySet<string> = new Set(['id', 'nodeId', 'queue', 'list', 'key']);

function jsonAnswer(value: object, status = 200): Answer {
  const redact = (key: string, item: unknown): unknown =>
    typeof item === 'string' && !verbatim.has(key) ? packRedactor.text(item) : item;
  return { status, type: JSON_TYPE, text: JSON.stringify(value, redact) };
}
