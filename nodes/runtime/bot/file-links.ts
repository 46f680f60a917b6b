import { createHash, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { startTimer, systemClock, type Clock } from '../../../lib/core/clock';
import { InvalidError, toError } from '../../../lib/core/errors';
import { at, idAt, textAt } from '../../../lib/core/fields';
import { safeName } from '../../../lib/bitrix24/files/file-name';
import type { OpenedFile } from '../../../lib/bitrix24/files/open-file';
import type { StoreSource } from '../../../lib/store/store';
import { flowsPhaseOf, type FlowsPhase } from '../flows-phase';
import { bots } from '../kinds';
import { botOfEvent, openFileOfEvent } from './event-files';

const ROOT = '/bitlane/file';
/** A bot that passes the address on does so in the same conversation. */
const LIFE_MS = 60 * 60_000;

export interface LinkLimits {
  readonly clock: Clock;
  /** Each holds a connection to the portal. */
  readonly mostAtOnce: number;
  /** Whoever has one link must not keep the others from theirs. */
  readonly mostOfOneLink: number;
  readonly longestMs: number;
  /** How long a reader may take no bytes, or the portal give none. */
  readonly silenceMs: number;
}

const usualLimits: LinkLimits = {
  clock: systemClock,
  mostAtOnce: 16,
  mostOfOneLink: 2,
  longestMs: 10 * 60_000,
  silenceMs: 60_000,
};

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

/** At the start: links outlive a restart, and one may have been made by another process that shares the store. */
export function serveFileLinks(
  RED: Pick<NodeAPI, 'httpNode' | 'events'>,
  changes: Partial<LinkLimits> = {},
): void {
  const { httpNode: app } = RED;
  if (mounted.has(app)) return;
  mounted.add(app);
  const limits = { ...usualLimits, ...changes };
  const serving: Serving = { limits, phase: flowsPhaseOf(RED), slots: createSlots(limits) };
  const serve: RequestHandler = (request, response, next) => {
    const [, token] = /^\/([\w-]{32})(?:\/|$)/.exec(request.path) ?? [];
    if (token === undefined || !['GET', 'HEAD'].includes(request.method)) return next();
    answer(keyOf(token), request, response, serving).catch(() => refuse(response));
  };
  app.use(ROOT, serve);
}

interface Serving {
  readonly limits: LinkLimits;
  readonly phase: FlowsPhase;
  readonly slots: Slots;
}

interface Slots {
  /** Gives what frees the slot; nothing when there is none to be had. */
  take(key: string): (() => void) | undefined;
}

function createSlots({ mostAtOnce, mostOfOneLink }: LinkLimits): Slots {
  const taken: string[] = [];
  return {
    take(key) {
      const ofLink = taken.filter((other) => other === key).length;
      if (taken.length >= mostAtOnce || ofLink >= mostOfOneLink) return undefined;
      taken.push(key);
      return () => void taken.splice(taken.indexOf(key), 1);
    },
  };
}

async function answer(key: string, request: Request, response: Response, serving: Serving): Promise<void> {
  const { limits, phase, slots } = serving;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const kept = await onceSettled(() => findKept(key), phase, gone.signal);
  if (gone.signal.aborted) return;
  if (!kept) return void response.status(404).end();
  const free = slots.take(key);
  if (!free) return void response.status(503).set('Retry-After', '5').end();
  const stopTimer = startTimer(limits.clock, limits.longestMs, () => response.destroy());
  try {
    const { bitrix, id, name } = kept;
    const open = (): Promise<OpenedFile> =>
      openFileOfEvent({ id, name }, bitrix, gone.signal, { urgent: false });
    const file = await onceSettled(open, phase, gone.signal);
    response.set(headersOf(name, file));
    if (request.method === 'GET') return await pass(file.body, response, limits);
    file.body.destroy();
    response.end();
  } finally {
    stopTimer();
    free();
  }
}

/** No piece comes through while the reader does not take those before it. */
async function pass(body: Readable, response: Response, { clock, silenceMs }: LinkLimits): Promise<void> {
  const wait = (): (() => void) => startTimer(clock, silenceMs, () => response.destroy());
  let stopTimer = wait();
  body.on('data', () => {
    stopTimer();
    stopTimer = wait();
  });
  try {
    await pipeline(body, response);
  } finally {
    stopTimer();
  }
}

/** In the middle of a deploy nobody knows the file, or whoever gives it away goes: others are coming. */
async function onceSettled<T>(work: () => Promise<T>, phase: FlowsPhase, signal: AbortSignal): Promise<T> {
  for (;;) {
    await phase.settled();
    try {
      const found = await work();
      if (found !== undefined || phase.isSettled()) return found;
    } catch (error) {
      if (phase.isSettled() || signal.aborted) throw error;
    }
  }
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

interface KeptLink {
  readonly bitrix: unknown;
  readonly id: number;
  readonly name: string;
}

/** Of two stores one may be away: a link that lies in the other one is found all the same. */
async function findKept(key: string): Promise<KeptLink | undefined> {
  let failure: Error | undefined;
  for (const hub of bots.hubs()) {
    const kept = await readKept(hub.store, key).catch(
      (thrown: unknown) => void (failure ??= toError(thrown)),
    );
    if (kept) return kept;
  }
  if (failure) throw failure;
  return undefined;
}

async function readKept(open: StoreSource, key: string): Promise<KeptLink | undefined> {
  const kept = await (await open()).get(key);
  const id = idAt(kept, 'id');
  return id === undefined ? undefined : { bitrix: at(kept, 'bitrix'), id, name: textAt(kept, 'name') ?? '' };
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
