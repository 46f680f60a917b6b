import type http from 'node:http';
import type { Answerer, ReceivedRequest } from '../shared/http-listener';
import type { CallRecord, Masking } from './calls';
import { letIn } from './door';
import { readBody, readUser, type ApiCall, type Endpoint, type Reply } from './endpoint';
import type { Orders } from './orders';
import type { OutputFiles } from './output-files';
import { playReply, type PlayRaw } from './play';
import { playPieces } from './raw-answers';
import { DifyRefusal, envelope, notFound } from './refusal';
import type { DifyState } from './state';

export interface ServerParts {
  state: DifyState;
  endpoints: readonly Endpoint[];
  outputFiles: OutputFiles;
  orders: Orders;
  masking: Masking;
  playRaw: PlayRaw;
  /** Empty: it is not told. */
  version: string;
  /** A new call, and each news of it. */
  noted: (record: CallRecord) => void;
}

export function createDifyServer(parts: ServerParts): Answerer {
  return (request, response) => {
    const record = openRecord(parts, request, response);
    if (parts.version !== '') response.setHeader('X-Version', parts.version);
    const answered = answer(parts, request, response, record);
    // By now it is known what the call asks for.
    parts.noted(record);
    answered.then(
      (reply) => reply && sendReply(response, reply),
      (thrown: unknown) => sendRefusal(response, record, thrown),
    );
  };
}

async function answer(
  parts: ServerParts,
  request: ReceivedRequest,
  response: http.ServerResponse,
  record: CallRecord,
): Promise<Reply | undefined> {
  const { pathname, searchParams: query } = request.url;
  if (pathname.startsWith('/files/tools/')) return outputFile(parts, request.url, record);
  const { endpoint, path } = findEndpoint(parts.endpoints, request);
  record.endpoint = endpoint.name;
  const app = letIn(parts.state, request.headers.authorization);
  record.app = app.name;
  const { body, parts: sections } = readBody(endpoint, request);
  record.body = sections.length > 0 ? sections.map(shownPart) : parts.masking.clean(body);
  const user = readUser(endpoint.user, { body, parts: sections, query });
  record.user = user === '' ? undefined : user;
  const call: ApiCall = { app, user, path, query, body, parts: sections, request, response, record };
  const ordered = await playOrder(parts, call, endpoint);
  return ordered === 'none' ? endpoint.run(call) : ordered;
}

/** Runs, and who comes back to one, look at their orders themselves. */
async function playOrder(
  { orders, playRaw }: ServerParts,
  call: ApiCall,
  { name }: Endpoint,
): Promise<Reply | undefined | 'none'> {
  if (name === 'run' || name === 'events') return 'none';
  const plan = orders.take(call.app, name);
  if (!plan) return 'none';
  call.record.scenario = plan.name;
  const raw = plan.raw ?? (plan.pieces && playPieces(plan.pieces));
  if (raw) return playRaw(raw, call, () => undefined);
  return plan.reply ? playReply(plan.reply) : 'none';
}

function findEndpoint(
  endpoints: readonly Endpoint[],
  { url, method }: ReceivedRequest,
): { endpoint: Endpoint; path: string[] } {
  const here = endpoints.filter(({ path }) => path.test(url.pathname));
  const endpoint = here.find((one) => one.method === method);
  if (endpoint) return { endpoint, path: [...(endpoint.path.exec(url.pathname) ?? [])].slice(1) };
  if (here.length > 0)
    throw new DifyRefusal(405, 'method_not_allowed', 'The method is not allowed for the requested URL.');
  throw notFound('The requested URL was not found on the server.');
}

function outputFile({ outputFiles }: ServerParts, url: URL, record: CallRecord): Reply {
  record.endpoint = 'output-file';
  const file = outputFiles.find(url);
  if (!file) throw new DifyRefusal(403, 'forbidden', 'Invalid request.');
  return { status: 200, bytes: file.content, headers: { 'Content-Type': file.mime } };
}

function openRecord(
  { masking, noted, state }: ServerParts,
  request: ReceivedRequest,
  response: http.ServerResponse,
): CallRecord {
  const { socket } = response;
  const before = socket?.bytesWritten ?? 0;
  const record: CallRecord = {
    endpoint: undefined,
    method: request.method,
    target: masking.cleanText(request.target).replace(/([?&]sign=)[^&]*/, '$1***'),
    app: undefined,
    user: undefined,
    body: undefined,
    status: 0,
    error: undefined,
    scenario: undefined,
    bytesSent: 0,
    brokenOff: false,
    ended: false,
    at: state.now(),
  };
  response.once('close', () => {
    record.status = response.headersSent ? response.statusCode : 0;
    record.bytesSent = (socket?.bytesWritten ?? 0) - before;
    record.brokenOff = !response.writableFinished;
    record.ended = true;
    noted(record);
  });
  return record;
}

function shownPart({ name, filename, mime, content }: ApiCall['parts'][number]): Record<string, unknown> {
  return filename === undefined
    ? { name, text: content.toString('utf8') }
    : { name, filename, mime, size: content.length };
}

function sendReply(response: http.ServerResponse, { status, json, bytes, headers = {} }: Reply): void {
  if (response.destroyed || response.headersSent) return;
  const content = bytes ?? (json === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(json)));
  const type = bytes || json === undefined ? {} : { 'Content-Type': 'application/json' };
  response.writeHead(status, { ...type, ...headers });
  response.end(content);
}

function sendRefusal(response: http.ServerResponse, record: CallRecord, thrown: unknown): void {
  const refusal =
    thrown instanceof DifyRefusal ? thrown : new DifyRefusal(500, 'internal_server_error', reasonOf(thrown));
  record.error = refusal.code;
  const headers = refusal.status === 401 ? { 'WWW-Authenticate': 'Bearer realm="api"' } : {};
  sendReply(response, { status: refusal.status, json: envelope(refusal), headers });
}

/** A fault of the stand-in itself shows in the test that met it. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
