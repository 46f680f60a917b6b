import type http from 'node:http';
import type { ReceivedRequest } from '../shared/http-listener';
import { mapOf } from '../shared/params';
import type { DifyApp } from './app';
import type { CallRecord } from './calls';
import { parseMultipart, type Part } from './multipart';
import { badRequest, DifyRefusal, invalidParam } from './refusal';
import type { EndpointName } from './scenario';

/** A call that has passed the door: its app is known, and its user where one is needed. */
export interface ApiCall {
  app: DifyApp;
  user: string;
  /** What stands in the address, in order. */
  path: readonly string[];
  query: URLSearchParams;
  /** Empty when the call has none. */
  body: Readonly<Record<string, unknown>>;
  parts: readonly Part[];
  request: ReceivedRequest;
  response: http.ServerResponse;
  /** As it will be shown to the test. */
  record: CallRecord;
}

export interface Reply {
  status: number;
  json?: unknown;
  bytes?: Buffer;
  headers?: Readonly<Record<string, string>>;
}

export interface Endpoint {
  name: EndpointName;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: RegExp;
  /** Where `user` has to stand. None: it is not asked for. */
  user?: 'json' | 'query' | 'form';
  /** Undefined: it has answered, or will, by itself. */
  run: (call: ApiCall) => Reply | undefined | Promise<Reply | undefined>;
}

export const ok = (json: unknown): Reply => ({ status: 200, json });
export const success = ok({ result: 'success' });

const longestUser = 255;

export function readUser(where: Endpoint['user'], call: Pick<ApiCall, 'body' | 'parts' | 'query'>): string {
  if (where === undefined) return '';
  const field = call.parts.find((part) => part.name === 'user' && part.filename === undefined);
  const places = {
    json: call.body['user'],
    query: call.query.get('user'),
    form: field?.content.toString('utf8'),
  };
  const user = places[where];
  if (user === undefined || user === null || user === '') throw invalidParam('Arg user must be provided.');
  if (typeof user !== 'string') throw invalidParam('user must be a string', 'user');
  if (user.length > longestUser)
    throw invalidParam(`user must have at most ${longestUser} characters`, 'user');
  return user;
}

/** A GET has no body; a DELETE and everything else has JSON, or parts where the endpoint takes an upload. */
export function readBody(endpoint: Endpoint, request: ReceivedRequest): Pick<ApiCall, 'body' | 'parts'> {
  if (endpoint.method === 'GET') return { body: {}, parts: [] };
  const type = request.headers['content-type'] ?? '';
  if (endpoint.user === 'form') return { body: {}, parts: parseMultipart(type, request.body) };
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type))
    throw new DifyRefusal(
      415,
      'unsupported_media_type',
      "Did not attempt to load JSON data because the request Content-Type was not 'application/json'.",
    );
  return { body: readJson(request.body), parts: [] };
}

function readJson(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    const map = mapOf(parsed);
    if (map) return map;
  } catch {
    // Told below.
  }
  throw badRequest('Invalid JSON payload received or JSON payload is empty.');
}

export function readLimit(query: URLSearchParams, fallback = 20): number {
  const limit = Number(query.get('limit') ?? fallback);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw invalidParam('limit must be between 1 and 100', 'limit');
  return limit;
}
