import type { IncomingMessage, Server } from 'node:http';
import type { Express, Request, RequestHandler, Response } from 'express';
import { toError } from '../../lib/core/errors';
import { packRedactor } from './redactor';
import { mediaTypeOf, readBody, RequestRefused, type BodyLimits, type MediaType } from './request-body';

export interface WebhookRequest {
  type: MediaType;
  /** The raw text, or what an outer application has decoded already when Node-host is embedded in one. */
  body: string | { decoded: unknown };
}

export interface WebhookAnswer {
  status: number;
  text: string;
}

export interface WebhookReceiver {
  receive(request: WebhookRequest): Promise<WebhookAnswer>;
  /** What a person sees who opens the address in a browser. No secrets. */
  describe(): string;
}

/** The part of Node-host that is needed here. The server is missing when Node-host is embedded in another application. */
export interface WebhookHost {
  httpNode: Express;
  server?: Server | undefined;
  settings: { httpNodeRoot?: unknown; httpNodeMiddleware?: unknown; apiMaxLength?: unknown };
  log: { error(message: string): void };
}

const ROOT = '/bitrix24';
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
  const name = trimSlashes(path);
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
  const prefix = `${trimEnd(typeof host.settings.httpNodeRoot === 'string' ? host.settings.httpNodeRoot : '')}${ROOT}/`;
  const mount: Mount = {
    receivers,
    // With the usual httpAdminRoot the admin application comes first and its body parser would eat the body and
    // turn numeric keys into arrays. The parser leaves a request alone that is marked as read.
    guard(request) {
      if (receivers.has(nameIn(request.url ?? '', prefix))) Reflect.set(request, '_body', true);
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
    const receiver = receivers.get(trimSlashes(request.path));
    if (!receiver) {
      next();
      return;
    }
    answer(request, receiver, limits)
      .catch((thrown: unknown) => refuse(host, thrown))
      .then((result) => reply(request, response, result))
      .catch((thrown: unknown) => refuse(host, thrown));
  };
}

async function answer(
  request: Request,
  receiver: WebhookReceiver,
  limits: BodyLimits,
): Promise<WebhookAnswer> {
  if (request.method === 'GET' || request.method === 'HEAD')
    return { status: 200, text: receiver.describe() };
  if (request.method !== 'POST') throw new RequestRefused(405);
  const type = mediaTypeOf(request);
  // Decoded by an application around Node-host: the stream is spent, what it made of the body is all there is.
  const decoded: unknown = request.readableEnded ? request.body : undefined;
  if (decoded !== undefined) return receiver.receive({ type, body: { decoded } });
  return receiver.receive({ type, body: await readBody(request, limits) });
}

function refuse(host: WebhookHost, thrown: unknown): WebhookAnswer {
  if (thrown instanceof RequestRefused) return { status: thrown.status, text: '' };
  host.log.error(`bitlane: webhook failed: ${packRedactor.text(toError(thrown).message)}`);
  return { status: 500, text: '' };
}

function reply(request: Request, response: Response, result: WebhookAnswer): void {
  if (response.headersSent || response.destroyed) return;
  if (result.status === 405) response.set('Allow', 'GET, HEAD, POST');
  // A body that was not read to its end would be taken for the next request on this connection.
  if (!request.readableEnded) response.set('Connection', 'close');
  response.status(result.status).type('text/plain').send(result.text);
}

/** Somebody who lowered Node-host's own limit means it; raising it does not make events any larger. */
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

function nameIn(url: string, prefix: string): string {
  return url.startsWith(prefix) ? trimSlashes(url.slice(prefix.length).split('?')[0] ?? '') : '';
}

const trimEnd = (path: string): string => path.replace(/\/+$/, '');
const trimSlashes = (path: string): string => trimEnd(path).replace(/^\/+/, '');
