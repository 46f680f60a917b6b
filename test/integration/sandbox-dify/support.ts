import {
  isScenarioName,
  startDify,
  type Dify,
  type DifyApp,
  type DifyOptions,
  type ScenarioName,
  type StreamEvent,
} from '../../../sandbox/dify';
import { isMap } from '../../../sandbox/shared/params';

export interface JsonAnswer {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
}

/** Servers that are stopped after each test. */
export function servers(): (options?: DifyOptions) => Promise<Dify> {
  const running: Dify[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((dify) => dify.stop()));
  });
  return async (options) => {
    const dify = await startDify(options);
    running.push(dify);
    return dify;
  };
}

/** Calls an endpoint as one user of one app. */
export interface Caller {
  app: DifyApp;
  user: string;
  open: (path: string, body?: unknown, init?: RequestInit) => Promise<Response>;
  post: (path: string, body?: unknown) => Promise<JsonAnswer>;
  get: (path: string, query?: Record<string, string>) => Promise<JsonAnswer>;
  send: (method: string, path: string, body: unknown) => Promise<JsonAnswer>;
  upload: (path: string, file: Blob | undefined, name?: string) => Promise<JsonAnswer>;
  /** A streaming run: of a chat when there is a query. */
  stream: (body?: Record<string, unknown>) => Promise<Heard>;
}

export function callerOf(dify: Dify, appName: string, user = 'ada'): Caller {
  const app = dify.app(appName);
  const Authorization = `Bearer ${app.key}`;
  const runPath = app.mode === 'workflow' ? '/workflows/run' : '/chat-messages';

  const open: Caller['open'] = (path, body, init = {}) =>
    fetch(`${dify.baseUrl}${path}`, {
      method: 'POST',
      headers: { Authorization, 'Content-Type': 'application/json' },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...init,
    });

  const send: Caller['send'] = async (method, path, body) =>
    readAnswer(await open(path, body === undefined ? undefined : withUser(body), { method }));

  const withUser = (body: unknown): unknown => (isMap(body) ? { user, ...body } : body);

  return {
    app,
    user,
    open: (path, body, init) => open(path, body === undefined ? undefined : withUser(body), init),
    send,
    post: (path, body = {}) => send('POST', path, body),
    async get(path, query = {}) {
      const search = new URLSearchParams({ user, ...query });
      const url = `${dify.baseUrl}${path}?${search.toString()}`;
      return readAnswer(await fetch(url, { headers: { Authorization }, redirect: 'manual' }));
    },
    async upload(path, file, name) {
      const form = new FormData();
      form.set('user', user);
      if (file) form.set('file', file, name ?? 'photo.png');
      const init = { method: 'POST', headers: { Authorization }, body: form };
      return readAnswer(await fetch(`${dify.baseUrl}${path}`, init));
    },
    async stream(body = {}) {
      const said = app.mode === 'workflow' ? {} : { query: 'Hello' };
      const common = { inputs: {}, user, response_mode: 'streaming', auto_generate_name: false };
      return hear(await open(runPath, { ...common, ...said, ...body }));
    },
  };
}

export async function readAnswer(response: Response): Promise<JsonAnswer> {
  const { status, headers } = response;
  const text = await response.text();
  return { status, headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Heard {
  status: number;
  type: string;
  raw: string;
  events: StreamEvent[];
  /** How the events are called, in order, repetitions once. */
  names: string;
  /** The pieces of the answer, joined. */
  text: string;
  /** What the body's end looked like. */
  end: 'closed' | 'broken';
}

/** Everything until the stream ends, one way or the other. */
export async function hear(response: Response): Promise<Heard> {
  const { raw, end } = await readAll(response);
  return heardFrom(response, raw, end);
}

export function heardFrom(response: Response, raw: string, end: Heard['end']): Heard {
  const events = readEvents(raw);
  const pieces = events.filter(({ event }) => event === 'message' || event === 'agent_message');
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    raw,
    events,
    names: events
      .map(({ event }) => event)
      .filter((name, index, all) => name !== all[index - 1])
      .join(' '),
    text: pieces.map(({ answer }) => String(answer)).join(''),
    end,
  };
}

async function readAll(response: Response): Promise<{ raw: string; end: Heard['end'] }> {
  const decoder = new TextDecoder();
  let raw = '';
  if (!response.body) return { raw, end: 'closed' };
  try {
    for await (const chunk of response.body) raw += decoder.decode(chunk, { stream: true });
    return { raw, end: 'closed' };
  } catch {
    return { raw, end: 'broken' };
  }
}

/** As the standard reads it, for the records that are whole. */
export function readEvents(raw: string): StreamEvent[] {
  const lines = raw.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  return lines
    .split('\n\n')
    .slice(0, -1)
    .flatMap((record) => {
      const json = record
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).replace(/^ /, ''))
        .join('\n');
      const value = json === '' ? undefined : parsed(json);
      return isStreamEvent(value) ? [value] : [];
    });
}

function isStreamEvent(value: unknown): value is StreamEvent {
  return isMap(value) && typeof value['event'] === 'string';
}

/** Reads until what came so far fits; the stream stays open. */
export async function hearUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  fits: (raw: string) => boolean,
): Promise<string> {
  const decoder = new TextDecoder();
  let raw = '';
  while (!fits(raw)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the stream ended after ${JSON.stringify(raw)}`);
    raw += decoder.decode(value, { stream: true });
  }
  return raw;
}

export function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (!response.body) throw new Error('the answer has no body');
  return response.body.getReader();
}

/** `at(answer, 'data', 0)`: a value deep in an answer. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found)) found = found[Number(step)];
    else if (isMap(found)) found = found[step];
    else return undefined;
  }
  return found;
}

/** `400 invalid_param: user must ...`, as short as tests like it. */
export function refusalIn({ status, json }: JsonAnswer): string {
  return `${status} ${String(at(json, 'code'))}: ${String(at(json, 'message'))}`;
}

export const asked = { query: 'Hello', inputs: {}, response_mode: 'streaming', auto_generate_name: false };

export function nameOf(name: string): ScenarioName {
  if (!isScenarioName(name)) throw new Error(`no scenario named ${name}`);
  return name;
}
