import { readFileSync } from 'node:fs';
import type http from 'node:http';
import { join } from 'node:path';
import { listen, sendJson, type ReceivedRequest } from '../shared/http-listener';
import { isMap } from '../shared/params';
import { callsView } from './call-view';
import type { ChannelPlan } from '../channels';
import { openChannels, type Channel } from './channels';
import { chatActs, sendFile } from './chat-acts';
import { chatView } from './chat-view';
import { createRequestBook, type StandIns } from './request-book';

export interface Show {
  /** Where one is the client of an Open Channel, and its operator. */
  chatUrl: string;
  callsUrl: string;
  /** Of the person who looked last. */
  language(): 'en' | 'ru';
  stop(): Promise<void>;
}

export interface ShowOptions {
  standIns: StandIns;
  /** Never shown on any page. */
  secrets: () => readonly string[];
  editorUrl: () => string | undefined;
  plans: readonly ChannelPlan[];
  port?: number;
}

const pages: Readonly<Record<string, string>> = {
  '/chat': 'chat.html',
  '/calls': 'calls.html',
  '/chat.js': 'chat.js',
  '/calls.js': 'calls.js',
  '/common.js': 'common.js',
  '/requests.js': 'requests.js',
  '/texts.js': 'texts.js',
  '/style.css': 'style.css',
};
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};
const lookEveryMs = 200;
/** A page of another site cannot set it without asking first, and nobody here says yes. */
const ownHeader = 'x-bitlane-sandbox';
const strict = {
  'Content-Security-Policy': "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

type Answer = (request: ReceivedRequest, response: http.ServerResponse) => void | Promise<void>;

/** The pages of `npm start`, for browsers on this machine alone. */
export async function startShow(options: ShowOptions): Promise<Show> {
  const { standIns, secrets, editorUrl, plans, port } = options;
  const { portal, speechSense } = standIns;
  const channels = openChannels(portal, plans);
  const book = createRequestBook(standIns, secrets);
  const looking = setInterval(() => book.look(), lookEveryMs);
  const acts = chatActs(portal);
  let language: 'en' | 'ru' = 'en';
  const noteLanguage = ({ searchParams }: URL): void => {
    language = searchParams.get('lng') === 'ru' ? 'ru' : 'en';
  };

  const chosen = (name: unknown): Channel | undefined => {
    const list = channels.list();
    return list.find(({ code }) => code === name) ?? list[0];
  };
  const channelOf = (name: unknown): Channel => {
    const found = chosen(name);
    if (!found) throw new Error('there is no bot yet');
    return found;
  };

  const routes: Readonly<Record<string, Answer>> = {
    'GET /api/chat': ({ url }, response) => {
      noteLanguage(url);
      const view = chatView(portal, channels.list(), chosen(url.searchParams.get('channel')), language);
      sendJson(response, 200, { ...view, editor: editorUrl() }, strict);
    },
    'GET /api/calls': ({ url }, response) => {
      noteLanguage(url);
      const page = Number(url.searchParams.get('page')) || 0;
      const view = callsView(portal, speechSense, { page, only: url.searchParams.get('only') ?? '' });
      sendJson(response, 200, { ...view, editor: editorUrl() }, strict);
    },
    'GET /api/requests': ({ url }, response) => {
      book.look();
      sendJson(response, 200, book.after(Number(url.searchParams.get('after')) || 0), strict);
    },
    'GET /api/recording': ({ url }, response) => {
      const bytes = portal.telephony.recordBytes(Number(url.searchParams.get('call')));
      sendBytes(response, bytes, 'audio/wav', 'inline');
    },
    'GET /api/file': ({ url }, response) => {
      const file = portal.state.files.get(Number(url.searchParams.get('id')));
      if (!file) return sendJson(response, 404, { error: 'no such file' }, strict);
      const isPicture = /^image\/(png|jpeg|gif|webp)$/.test(file.contentType);
      sendBytes(response, file.bytes, file.contentType, isPicture ? 'inline' : 'attachment');
    },
    'POST /api/calls': (_request, response) => {
      const call = portal.telephony.addCall({ crm: { type: 'CONTACT', id: 1 }, announce: true });
      sendJson(response, 200, { id: call.id }, strict);
    },
    'POST /api/file': async ({ url, headers, body }, response) => {
      const name = url.searchParams.get('name') ?? 'file';
      const type = headers['content-type'] ?? 'application/octet-stream';
      await sendFile(portal, channelOf(url.searchParams.get('channel')), { name, type, bytes: body });
      sendJson(response, 200, {}, strict);
    },
    'POST /api/act': async ({ body }, response) => {
      const order: unknown = JSON.parse(body.toString());
      const given = isMap(order) ? order : {};
      const name = String(given['act']);
      const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
      if (!act) return sendJson(response, 400, { error: 'unknown act' }, strict);
      await act(channelOf(given['channel']), given);
      sendJson(response, 200, {}, strict);
    },
  };

  const listener = await listen((request, response) => {
    if (!isOwn(request, listener.domain)) return sendJson(response, 403, { error: 'not from this page' });
    const route = routes[`${request.method} ${request.url.pathname}`];
    if (!route) return sendPage(request, response);
    Promise.resolve()
      .then(() => route(request, response))
      .catch((thrown: unknown) => {
        sendJson(response, 400, { error: thrown instanceof Error ? thrown.message : String(thrown) }, strict);
      });
  }, port);

  return {
    chatUrl: `${listener.origin}/chat`,
    callsUrl: `${listener.origin}/calls`,
    language: () => language,
    async stop() {
      clearInterval(looking);
      await listener.stop();
    },
  };
}

/** A name that leads here from elsewhere, or the form of another site, gets nothing. */
function isOwn({ headers, method }: ReceivedRequest, domain: string): boolean {
  const port = domain.slice(domain.lastIndexOf(':'));
  const isHere = headers.host === domain || headers.host === `localhost${port}`;
  return isHere && (method === 'GET' || headers[ownHeader] !== undefined);
}

function sendPage({ method, url }: ReceivedRequest, response: http.ServerResponse): void {
  if (url.pathname === '/') {
    response.writeHead(302, { Location: '/chat' }).end();
    return;
  }
  const page = method === 'GET' ? pages[url.pathname] : undefined;
  if (!page) return sendJson(response, 404, { error: 'nothing here' }, strict);
  const type = types[page.split('.').at(-1) ?? ''] ?? 'text/plain';
  response.writeHead(200, { ...strict, 'Content-Type': type });
  response.end(readFileSync(join(__dirname, 'pages', page)));
}

function sendBytes(
  response: http.ServerResponse,
  bytes: Buffer,
  type: string,
  manner: 'inline' | 'attachment',
): void {
  response.writeHead(200, {
    ...strict,
    'Content-Type': type,
    'Content-Disposition': manner,
    'Content-Length': bytes.length,
  });
  response.end(bytes);
}
