import type { IncomingMessage, Server } from 'node:http';
import type { Express, Request, RequestHandler, Response } from 'express';
import { InvalidError, toError } from '../../lib/core/errors';
import { sessionHeader } from '../../lib/bitrix24/page/page-html';
import { packRedactor } from './redactor';
import { mediaTypeOf, readBody, RequestRefused, type BodyLimits, type MediaType } from './request-body';

export interface WebhookRequest {
  type: MediaType;
  /** The raw text, or what an outer application has decoded already when Node-RED is embedded in one. */
  body: string | { decoded: unknown };
  query: unknown;
  /** Sent by the page that an app shows inside the portal. */
  bearer?: string;
}

export interface WebhookAnswer {
  status: number;
  text: string;
  headers?: Readonly<Record<string, string>>;
}

export interface WebhookReceiver {
  receive(request: WebhookRequest): Promise<WebhookAnswer>;
  /** For a person who opens the address in a browser, or comes back from the portal's own pages. No secrets. */
  visit(query: unknown): Promise<WebhookAnswer>;
}

/** The part of Node-RED that is needed here. The server is missing when Node-RED is embedded in another application. */
export interface WebhookHost {
  httpNode: Express;
  server?: Server | undefined;
  settings: { httpNodeRoot?: unknown; httpNodeMiddleware?: unknown; apiMaxLength?: unknown };
  log: { error(message: string): void };
}

const ROOT = '/bitrix24';
const LONGEST_NAME = 200;
const LIMITS: BodyLimits = { maxBytes: 1024 * 1024, timeoutMs: 10_000 };
const UNITS: Record<string, number> = { '': 1, b: 1, kb: 1024, mb: 1024 * 1024 };

interface Mount {
  receivers: Map<string, WebhookReceiver>;
  guard: (request: IncomingMessage) => void;
}

/** Routes cannot be taken off Express by public means, so each application gets one, which asks the map. */
const mounts = new WeakMap<object, Mount>();

/** Opens `/bitrix24/<path>` for one receiver; the function that comes back closes it. */
export function openWebhook(
  host: WebhookHost,
  path: string,
  receiver: WebhookReceiver,
  limits?: BodyLimits,
): () => void {
  const mount = mounts.get(host.httpNode) ?? createMount(host, limits ?? limitsOf(host));
  const name = nameOf(path);
  if (name === undefined || mount.receivers.has(name)) {
    throw new InvalidError('CONFIG_INVALID', 'this path cannot be opened', {
      params: { property: 'path', expected: 'events', why: 'path' },
    });
  }
  if (mount.receivers.size === 0) host.server?.prependListener('request', mount.guard);
  mount.receivers.set(name, receiver);
  return () => {
    if (mount.receivers.get(name) !== receiver) return;
    mount.receivers.delete(name);
    if (mount.receivers.size === 0) host.server?.off('request', mount.guard);
  };
}

function createMount(host: WebhookHost, limits: BodyLimits): Mount {
  const receivers = new Map<string, WebhookReceiver>();
  const prefix = prefixOf(host.settings.httpNodeRoot);
  const mount: Mount = {
    receivers,
    // With the usual httpAdminRoot the admin application comes first and its body parser would eat the body and
    // turn numeric keys into arrays. The parser leaves a request alone that is marked as read.
    guard(request) {
      const name = nameIn(request.url ?? '', prefix);
      if (name !== undefined && receivers.has(name)) Reflect.set(request, '_body', true);
    },
  };
  mounts.set(host.httpNode, mount);
  const handlers: RequestHandler[] = [...middlewareOf(host), serve(host, receivers, limits)];
  host.httpNode.use(ROOT, ...handlers);
  return mount;
}

function serve(
  host: WebhookHost,
  receivers: Map<string, WebhookReceiver>,
  limits: BodyLimits,
): RequestHandler {
  return (request, response, next) => {
    const receiver = receivers.get(nameOf(request.path) ?? '');
    if (!receiver) {
      next();
      return;
    }
    answer(host, request, receiver, limits)
      .catch((thrown: unknown) => refuse(host, thrown))
      .then((result) => reply(request, response, result))
      .catch((thrown: unknown) => refuse(host, thrown));
  };
}

async function answer(
  host: WebhookHost,
  request: Request,
  receiver: WebhookReceiver,
  limits: BodyLimits,
): Promise<WebhookAnswer> {
  if (request.method === 'GET' || request.method === 'HEAD') return receiver.visit(request.query);
  if (request.method !== 'POST') throw new RequestRefused(405);
  const bearer = request.get(sessionHeader);
  if (bearer !== undefined && isOfForeignPage(request)) return { status: 403, text: '' };
  const type = mediaTypeOf(request);
  // Decoded by an application around Node-RED: the stream is spent, what it made of the body is all there is.
  const decoded: unknown = request.readableEnded ? request.body : undefined;
  // With a server of our own to listen on, this is a request that was spelt to get round the guard.
  if (decoded !== undefined && host.server) throw new RequestRefused(400);
  const body = decoded === undefined ? await readBody(request, limits) : asBody(decoded);
  return receiver.receive({ type, body, query: request.query, ...(bearer !== undefined && { bearer }) });
}

/** The editor lets the pages of other sites send any header to its server; a browser tells whose page it is. */
function isOfForeignPage(request: Request): boolean {
  return (request.get('sec-fetch-site') ?? 'same-origin') !== 'same-origin';
}

/** An outer application may have kept the text as it was. */
function asBody(decoded: unknown): WebhookRequest['body'] {
  if (typeof decoded === 'string') return decoded;
  return Buffer.isBuffer(decoded) ? decoded.toString('utf8') : { decoded };
}

function refuse(host: WebhookHost, thrown: unknown): WebhookAnswer {
  if (thrown instanceof RequestRefused) return { status: thrown.status, text: '' };
  host.log.error(`bitlane: webhook failed: ${packRedactor.text(toError(thrown).message)}`);
  return { status: 500, text: '' };
}

function reply(request: Request, response: Response, result: WebhookAnswer): void {
  if (response.headersSent || response.destroyed) return;
  // Not by way of Express, which would make a tag for a page that nobody keeps.
  response.statusCode = result.status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(result.text));
  if (result.status === 405) response.setHeader('Allow', 'GET, HEAD, POST');
  // A body that was not read to its end would be taken for the next request on this connection.
  if (!request.readableEnded) response.setHeader('Connection', 'close');
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, value);
  response.end(result.text);
}

function prefixOf(httpNodeRoot: unknown): string {
  const root = typeof httpNodeRoot === 'string' ? (nameOf(httpNodeRoot) ?? '') : '';
  return root === '' ? `${ROOT}/` : `/${root}${ROOT}/`;
}

/** Somebody who lowered Node-RED's own limit means it; raising it does not make events any larger. */
function limitsOf(host: WebhookHost): BodyLimits {
  const [, amount, unit] = /^(\d+)\s*([a-z]*)$/i.exec(String(host.settings.apiMaxLength)) ?? [];
  const bytes = Number(amount) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  return bytes < LIMITS.maxBytes ? { ...LIMITS, maxBytes: bytes } : LIMITS;
}

function middlewareOf(host: WebhookHost): RequestHandler[] {
  const configured = host.settings.httpNodeMiddleware;
  const list: unknown[] = Array.isArray(configured) ? configured : [configured];
  return list.filter((entry): entry is RequestHandler => typeof entry === 'function');
}

/** The name behind the prefix, as Express would find it: without case in the prefix, without slashes at its ends. */
function nameIn(url: string, prefix: string): string | undefined {
  if (url.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase()) return undefined;
  const name = url.slice(prefix.length, prefix.length + LONGEST_NAME + 2);
  const end = name.search(/[?#]/);
  return nameOf(end < 0 ? name : name.slice(0, end));
}

/** What a path is known by, without the slashes at its ends. May not take longer the more of them a stranger sends. */
export function nameOf(path: string): string | undefined {
  let start = 0;
  let end = Math.min(path.length, LONGEST_NAME + 2);
  while (start < end && path[start] === '/') start += 1;
  while (end > start && path[end - 1] === '/') end -= 1;
  const name = path.slice(start, end);
  return name === '' || path.length > LONGEST_NAME + 2 ? undefined : name;
}
