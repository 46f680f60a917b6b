import type http from 'node:http';
import type { Answerer, ReceivedRequest } from '../shared/http-listener';
import { isMap } from '../shared/params';
import { readJson, type Call, type Concern, type Endpoint, type Reply } from './call';
import type { Fields } from './blocks';
import { cuts, type Fault, type PlainReply } from './faults';
import type { Orders } from './orders';
import { openRecord, type RequestRecord } from './records';
import { envelope, TypebotRefusal, type ErrorShape } from './refusal';
import type { Session } from './sessions';

export interface ServerParts {
  endpoints: readonly Endpoint[];
  orders: Orders;
  token: string;
  shape: () => ErrorShape;
  now: () => number;
  /** What a fault waits for. */
  linger: (fault: Fault) => Promise<void>;
  /** A new request, and its end. */
  noted: (record: RequestRecord) => void;
}

export function createServer(parts: ServerParts): Answerer {
  return (request, response) => {
    const record = openRecord(request, response, { token: parts.token, at: parts.now(), noted: parts.noted });
    const found = findEndpoint(parts.endpoints, request);
    record.endpoint = found?.endpoint.name;
    const order: { fault: Fault } = { fault: {} };
    const answered = found
      ? answer(parts, { ...found, request, response, record, order })
      : Promise.resolve<Reply>({ status: 404, text: 'Not found' });
    // By now it is known whom the request concerns.
    parts.noted(record);
    answered.then(
      (reply) => reply && send(response, record, reply),
      (thrown: unknown) => sendRefusal(response, record, thrown, order.fault.shape ?? parts.shape()),
    );
  };
}

interface Found {
  endpoint: Endpoint;
  path: readonly string[];
}

interface Exchange extends Found {
  request: ReceivedRequest;
  response: http.ServerResponse;
  record: RequestRecord;
  /** Filled in as soon as it is known. */
  order: { fault: Fault };
}

async function answer(parts: ServerParts, exchange: Exchange): Promise<Reply | undefined> {
  const { endpoint, path, request, response, record, order } = exchange;
  const body = endpoint.takes === 'bytes' ? undefined : readJson(request);
  record.body = body ?? { size: request.body.length };
  const concern = endpoint.concern?.({ path, body }) ?? {};
  noteConcern(record, concern);
  const ordered = parts.orders.take(concern.bot?.name, endpoint.name);
  record.scenario = ordered?.name;
  const fault = ordered?.fault ?? {};
  order.fault = fault;
  if (concern.session && fault.session) spoil(concern.session, fault.session);
  let hasLingered = false;
  const between = (): Promise<void> => {
    hasLingered = true;
    return parts.linger(fault);
  };
  const call: Call = { path, body, request, response, record, between };
  if (!replacesAnswer(fault)) {
    const reply = await endpoint.run(call);
    // Not every endpoint has a middle.
    if (!hasLingered) await between();
    return changed(reply, fault);
  }
  // Its answer, or its refusal, gets lost.
  if (fault.runs === true) await Promise.resolve(endpoint.run(call)).catch(() => undefined);
  else await between();
  return inPlaceOfAnswer(fault, response);
}

function noteConcern(record: RequestRecord, { bot, session }: Concern): void {
  record.bot = bot?.name;
  record.sessionId = session?.id;
}

function findEndpoint(endpoints: readonly Endpoint[], { url, method }: ReceivedRequest): Found | undefined {
  const endpoint = endpoints.find((one) => one.method === method && one.path.test(url.pathname));
  const path = endpoint?.path.exec(url.pathname);
  return endpoint && path ? { endpoint, path: [...path].slice(1).map(decodeURIComponent) } : undefined;
}

function spoil(session: Session, how: NonNullable<Fault['session']>): void {
  if (how === 'deleted') session.isDeleted = true;
  else if (how === 'expired') session.isExpired = true;
  else session.state.currentBlockId = 'of-no-block';
}

function replacesAnswer({ refuse, reply, cut, silent }: Fault): boolean {
  return refuse !== undefined || reply !== undefined || cut !== undefined || silent === true;
}

function inPlaceOfAnswer({ refuse, reply, cut }: Fault, response: http.ServerResponse): Reply | undefined {
  if (refuse) throw new TypebotRefusal(refuse.status, refuse.message, refuse.detail);
  if (cut) cuts[cut](response);
  return reply && plainReply(reply);
}

function plainReply({ status, html, json, text, headers = {} }: PlainReply): Reply {
  if (html !== undefined) return { status, text: html, headers: { 'Content-Type': 'text/html', ...headers } };
  if (text !== undefined)
    return { status, text, headers: { 'Content-Type': 'application/json', ...headers } };
  return { status, json, headers };
}

function changed(reply: Reply, { change }: Fault): Reply {
  const answered: Fields | undefined = isMap(reply.json) ? reply.json : undefined;
  return change && answered ? { ...reply, json: change(answered) } : reply;
}

function send(response: http.ServerResponse, record: RequestRecord, reply: Reply): void {
  if (response.destroyed || response.headersSent) return;
  const { status, json, text = '', bytes, headers = {} } = reply;
  const content = bytes ?? Buffer.from(json === undefined ? text : JSON.stringify(json));
  const type = json === undefined ? 'text/plain;charset=UTF-8' : 'application/json';
  record.answer = json;
  response.writeHead(status, { 'Content-Type': type, ...headers });
  response.end(content);
}

function sendRefusal(
  response: http.ServerResponse,
  record: RequestRecord,
  thrown: unknown,
  shape: ErrorShape,
): void {
  // A fault of the stand-in itself shows in the test that met it.
  const refusal =
    thrown instanceof TypebotRefusal
      ? thrown
      : new TypebotRefusal(500, thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  record.error = refusal.message;
  send(response, record, { status: refusal.status, json: envelope(refusal, shape) });
}
