import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type http from 'node:http';
import { join } from 'node:path';
import { listen, sendJson, type ReceivedRequest } from '../shared/http-listener';
import { isMap } from '../shared/params';
import { firstLookBots } from '../typebot';
import { callsView } from './call-view';
import type { ChannelPlan } from '../channels';
import { openChannels, type Channel } from './channels';
import { chatActs, sendFile } from './chat-acts';
import { chatView } from './chat-view';
import { speakInPortal } from './cast';
import { isLanguage, type Language } from './language';
import { createRequestBook } from './request-book';
import type { StandIns } from './request-sources';

export interface Show {
  /** Where one is the client of an Open Channel, and its operator. */
  chatUrl: string;
  callsUrl: string;
  /** Of the page that was opened, or in which something was done, last. */
  language(): Language;
  stop(): Promise<void>;
}

export interface ShowOptions {
  standIns: StandIns;
  /** Never shown on any page. */
  secrets: () => readonly string[];
  editorUrl: () => string | undefined;
  plans: readonly ChannelPlan[];
  /** Before any page is opened; default English. */
  language?: Language;
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
/** By it a page sees that the stand-ins have begun anew. */
const startHeader = 'X-Bitlane-Start';
const policy = {
  'Content-Security-Policy': "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

type Answer = (request: ReceivedRequest, response: http.ServerResponse) => void | Promise<void>;

/** The pages of `npm start`, for browsers on this machine alone. */
export async function startShow(options: ShowOptions): Promise<Show> {
  const { standIns, secrets, editorUrl, plans, port } = options;
  const { portal, typebot, speechSense } = standIns;
  const channels = openChannels(portal, plans);
  const book = createRequestBook(standIns, secrets);
  const looking = setInterval(() => book.look(), lookEveryMs);
  const acts = chatActs(portal);
  const strict = { ...policy, [startHeader]: randomUUID() };
  let language: Language = options.language ?? 'en';
  const speak = (): void => {
    speakInPortal(portal, language);
    typebot.publish(firstLookBots[language]);
  };
  if (language !== 'en') speak();
  /** What the stand-ins say and who is in them follows the pages; what was said stays as it is. */
  const noteLanguage = ({ searchParams }: URL): void => {
    const asked = searchParams.get('lng');
    if (!isLanguage(asked) || asked === language) return;
    language = asked;
    speak();
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
      const tongue = url.searchParams.get('lng') ?? language;
      const view = chatView(portal, channels.list(), chosen(url.searchParams.get('channel')), tongue);
      sendJson(response, 200, { ...view, editor: editorUrl() }, strict);
    },
    'GET /api/calls': ({ url }, response) => {
      const [page, upTo] = ['page', 'upTo'].map((name) => Number(url.searchParams.get(name)) || 0);
      const only = url.searchParams.get('only') ?? '';
      const view = callsView(portal, speechSense, { page: page ?? 0, only, upTo: upTo || undefined });
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
    'POST /api/language': (_request, response) => sendJson(response, 200, {}, strict),
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
    if (request.method === 'POST') noteLanguage(request.url);
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
  if (!page) return sendJson(response, 404, { error: 'nothing here' }, policy);
  const type = types[page.split('.').at(-1) ?? ''] ?? 'text/plain';
  response.writeHead(200, { ...policy, 'Content-Type': type });
  response.end(withPieces(readFileSync(join(__dirname, 'pages', page), 'utf8')));
}

/** Both pages have the same head, the same way to each other and the same list of requests. */
function withPieces(text: string): string {
  return text.replace(/<!-- include (head|nav|requests)\.html -->/g, (_whole, name: string) =>
    readFileSync(join(__dirname, 'pages', `${name}.html`), 'utf8'),
  );
}

function sendBytes(
  response: http.ServerResponse,
  bytes: Buffer,
  type: string,
  manner: 'inline' | 'attachment',
): void {
  response.writeHead(200, {
    ...policy,
    'Content-Type': type,
    'Content-Disposition': manner,
    'Content-Length': bytes.length,
  });
  response.end(bytes);
}
