import { createHash, randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../../lib/core/errors';
import { at, idAt, textAt } from '../../../lib/core/fields';
import { safeName } from '../../../lib/bitrix24/files/file-name';
import type { OpenedFile } from '../../../lib/bitrix24/files/open-file';
import { flowsPhaseOf, type FlowsPhase } from '../flows-phase';
import { bots } from '../kinds';
import { botOfEvent, openFileOfEvent } from './event-files';

const ROOT = '/bitlane/file';
/** A bot that passes the address on does so in the same conversation. */
const LIFE_MS = 60 * 60_000;
/** Each holds a connection to the portal. */
const MOST_AT_ONCE = 16;

const mounted = new WeakSet<object>();

/**
 * An address at which a bot builder can fetch a file of the person's for an hour. There is no token of the portal in
 * it: the file streams through here. It ends in the file's name, because builders judge a file by that.
 */
export async function linkToFile(file: { id: number; name: string }, bitrix: unknown): Promise<string> {
  const { hub, publicUrl } = botOfEvent(bitrix);
  if (publicUrl === '') {
    throw new InvalidError('CONFIG_EMPTY', 'without a public address nobody can fetch a file from here', {
      params: { property: 'publicUrl' },
    });
  }
  const token = randomBytes(24).toString('base64url');
  // A name that was cut may end in half a character, of which no address can be made.
  const name = safeName(file.name).toWellFormed();
  const ofDialog = { portal: at(bitrix, 'portal'), bot: at(bitrix, 'bot'), api: at(bitrix, 'api') };
  const target = { ...ofDialog, dialogId: at(bitrix, 'dialogId') };
  const store = await hub.store();
  await store.set(keyOf(token), { bitrix: target, id: file.id, name }, { ttlMs: LIFE_MS, sealed: true });
  return `${publicUrl}${ROOT}/${token}/${encodeURIComponent(name)}`;
}

/** At the start: links outlive a restart. */
export function serveFileLinks(RED: Pick<NodeAPI, 'httpNode' | 'events'>): void {
  const { httpNode: app } = RED;
  if (mounted.has(app)) return;
  mounted.add(app);
  const phase = flowsPhaseOf(RED);
  let open = 0;
  const serve: RequestHandler = (request, response, next) => {
    const [, token] = /^\/([\w-]{32})(?:\/|$)/.exec(request.path) ?? [];
    if (token === undefined || !['GET', 'HEAD'].includes(request.method)) return next();
    if (open >= MOST_AT_ONCE) return void response.status(503).set('Retry-After', '5').end();
    open += 1;
    answer(token, request, response, phase)
      .catch(() => refuse(response))
      .finally(() => (open -= 1));
  };
  app.use(ROOT, serve);
}

async function answer(token: string, request: Request, response: Response, phase: FlowsPhase): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const found = await onceSettled(() => find(token, gone.signal), phase, gone.signal);
  if (!found) return void response.status(404).end();
  const { name, file } = found;
  response.set(headersOf(name, file));
  if (request.method === 'HEAD') {
    file.body.destroy();
    return void response.end();
  }
  await pipeline(file.body, response);
}

/** In the middle of a deploy nobody knows the file, or whoever gives it away goes: others are coming. */
async function onceSettled(
  work: () => Promise<FoundFile | undefined>,
  phase: FlowsPhase,
  signal: AbortSignal,
): Promise<FoundFile | undefined> {
  for (;;) {
    await phase.settled();
    try {
      const found = await work();
      if (found || phase.isSettled()) return found;
    } catch (error) {
      if (phase.isSettled() || signal.aborted) throw error;
    }
  }
}

interface FoundFile {
  name: string;
  file: OpenedFile;
}

async function find(token: string, signal: AbortSignal): Promise<FoundFile | undefined> {
  const kept = await findKept(keyOf(token));
  const id = idAt(kept, 'id');
  const name = textAt(kept, 'name') ?? '';
  if (id === undefined) return undefined;
  return { name, file: await openFileOfEvent({ id, name }, at(kept, 'bitrix'), signal) };
}

/** Somebody's file must not act as a page of this server. */
function headersOf(name: string, { type, size }: OpenedFile): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Disposition': `attachment; filename*=UTF-8''${asHeaderValue(name)}`,
    'Content-Security-Policy': 'sandbox',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'private, no-store',
    ...(size !== undefined && { 'Content-Length': String(size) }),
  };
}

/** Fewer signs may stand in a header as they are than in an address. */
function asHeaderValue(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function findKept(key: string): Promise<unknown> {
  for (const hub of bots.hubs()) {
    const kept = await (await hub.store()).get(key);
    if (kept !== undefined) return kept;
  }
  return undefined;
}

/** Broken off, so that half a file is not taken for a whole one. */
function refuse(response: Response): void {
  if (response.headersSent) response.destroy();
  else response.status(502).end();
}

/** Whoever reads the store learns no address from it. */
function keyOf(token: string): string {
  return `file-link:${createHash('sha256').update(token).digest('base64url')}`;
}
