/**
 * A stand-in for the portal, bare: it posts events, answers what is called, and knows an event's end by the reply to it.
 * How the sandbox's portal would answer was looked up once; here nothing is checked, so that it costs little.
 */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { bot, eventsNamedIn, fillTemplate, type FormTemplate } from './event-form';
import { obey } from './child';
import { createPoster, type Poster } from './poster';

export interface Load {
  readonly url: string;
  /** So many, or as many as are begun within the time. */
  readonly events?: number;
  readonly forMs?: number;
  /** The events are dealt to these dialogs in turn. */
  readonly dialogs: number;
  readonly firstDialog?: number;
  /** So many under way at once; or so many posted a second, however long they take. */
  readonly width?: number;
  readonly perSecond?: number;
  /** An event is over when it is acknowledged, not when it is answered. */
  readonly untilAck?: boolean;
}

export interface LoadFigures {
  readonly seconds: number;
  readonly ackMs: readonly number[];
  /** From the moment the event was to be posted to its reply. */
  readonly wholeMs: readonly number[];
  /** Requests of REST meanwhile. */
  readonly requests: number;
  /** Posts that were not confirmed, and made again a moment later. */
  readonly repeats: number;
}

type Order =
  | { kind: 'open' }
  | { kind: 'template'; template: FormTemplate }
  | { kind: 'calls' }
  | ({ kind: 'load' } & Load);

const patienceMs = 60_000;
const repeatAfterMs = 500;
const mostRepeats = 20;
const ends = new Map<number, () => void>();
const called = new Map<string, number>();
let template: FormTemplate | undefined;
let requests = 0;
let posted = 0;
let repeats = 0;

const time = JSON.stringify({
  start: 1,
  finish: 1,
  duration: 0.001,
  processing: 0,
  date_start: '2026-01-01T00:00:00+03:00',
  date_finish: '2026-01-01T00:00:00+03:00',
  operating_reset_at: 1_900_000_000,
  operating: 0,
});

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    requests += 1;
    const body = Buffer.concat(pieces).toString();
    const method = (request.url ?? '').slice((request.url ?? '').lastIndexOf('/') + 1);
    called.set(method, (called.get(method) ?? 0) + 1);
    send(response, method === 'batch' ? batchResult(body) : resultOf(method, body));
    if (body.includes('event')) for (const event of eventsNamedIn(body)) ends.get(event)?.();
  });
});

function send(response: ServerResponse, result: string): void {
  const answer = `{"result":${result},"time":${time}}`;
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(answer),
  });
  response.end(answer);
}

const ownBot = JSON.stringify({
  bot: { id: bot.id, code: bot.code, type: 'openline', isSupportOpenline: true, eventMode: 'webhook' },
  users: [{ id: bot.id, name: 'Helper', workPosition: '' }],
});
let messages = 0;

function resultOf(method: string, body: string): string {
  switch (method) {
    case 'imbot.v2.Chat.Message.send':
      return `{"id":${(messages += 1)},"uuidMap":{}}`;
    case 'imbot.v2.Bot.get':
    case 'imbot.v2.Bot.register':
    case 'imbot.v2.Bot.update':
      return ownBot;
    case 'imbot.v2.Command.list':
      return '{"commands":[]}';
    case 'profile':
      return '{"ID":"1","ADMIN":true,"NAME":"Ann","LAST_NAME":"Lee"}';
    case 'batch':
      return batchResult(body);
    default:
      return 'true';
  }
}

function batchResult(body: string): string {
  const { cmd } = JSON.parse(body) as { cmd: Record<string, string> };
  const rows = Object.entries(cmd).map(([key, row]) => `"${key}":${resultOf(row.split('?')[0] ?? '', '')}`);
  const times = Object.keys(cmd).map((key) => `"${key}":${time}`);
  return `{"result":{${rows.join(',')}},"result_error":[],"result_total":[],"result_next":[],"result_time":{${times.join(',')}}}`;
}

async function run(load: Load): Promise<LoadFigures> {
  const poster = createPoster(load.url);
  const figures = { ackMs: [] as number[], wholeMs: [] as number[] };
  const before = { requests, repeats };
  const startedAt = performance.now();
  const one = (number: number, dueAt: number): Promise<void> => play(poster, load, number, dueAt, figures);
  try {
    if (load.perSecond === undefined) await inWidth(load, one);
    else await atPace(load, load.perSecond, one);
    const seconds = (performance.now() - startedAt) / 1000;
    const calls = { requests: requests - before.requests, repeats: repeats - before.repeats };
    return { seconds, ...figures, ...calls };
  } finally {
    poster.close();
    ends.clear();
  }
}

type PlayOne = (number: number, dueAt: number) => Promise<void>;

async function play(
  poster: Poster,
  { dialogs, firstDialog = 0, untilAck = false }: Load,
  number: number,
  dueAt: number,
  figures: { ackMs: number[]; wholeMs: number[] },
): Promise<void> {
  assert.ok(template);
  const event = (posted += 1);
  const body = fillTemplate(template, event, firstDialog + (number % dialogs));
  const replied = untilAck
    ? undefined
    : untilReply(event, () => figures.wholeMs.push(performance.now() - dueAt));
  // A reply may well be there before the acknowledgement is.
  replied?.catch(() => undefined);
  await postUntilTaken(poster, body);
  figures.ackMs.push(performance.now() - dueAt);
  await replied;
}

/** As the portal does: what is not confirmed comes again. Until then it counts as waiting. */
async function postUntilTaken(poster: Poster, body: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await poster.post(body);
    } catch (error) {
      if (tries > mostRepeats) throw error;
      repeats += 1;
      await pause(repeatAfterMs);
    }
  }
}

function untilReply(event: number, note: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const tooLate = setTimeout(() => reject(new Error(`event ${event} was never answered`)), patienceMs);
    ends.set(event, () => {
      clearTimeout(tooLate);
      ends.delete(event);
      note();
      resolve();
    });
  });
}

async function inWidth(
  { events = Infinity, forMs = Infinity, width = 1 }: Load,
  one: PlayOne,
): Promise<void> {
  const until = performance.now() + forMs;
  let next = 0;
  const slot = async (): Promise<void> => {
    for (let now = performance.now(); next < events && now < until; now = performance.now())
      await one(next++, now);
  };
  await Promise.all(Array.from({ length: width }, slot));
}

async function atPace({ events = 0 }: Load, perSecond: number, one: PlayOne): Promise<void> {
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  while (all.length < events) {
    const due = Math.min(events, Math.floor(((performance.now() - startedAt) * perSecond) / 1000));
    // Counted from when it was due: a queue before the first byte is a wait like any other.
    while (all.length < due) all.push(one(all.length, startedAt + (all.length * 1000) / perSecond));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(all);
}

obey<Order>(async (order) => {
  switch (order.kind) {
    case 'open':
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
      return (server.address() as AddressInfo).port;
    case 'template':
      template = order.template;
      return undefined;
    case 'calls':
      return Object.fromEntries(called);
    case 'load':
      return run(order);
  }
});
