import assert from 'node:assert/strict';
import http from 'node:http';
import { startPortal, type Bot, type Portal } from '../../../sandbox/bitrix24';
import type { ChannelPlan } from '../../../sandbox/channels';
import { startDify, type Dify } from '../../../sandbox/dify';
import { startSpeechSense, type SpeechSense } from '../../../sandbox/speechsense';
import { startTypebot, type Typebot } from '../../../sandbox/typebot';
import { linesOf } from '../../../sandbox/web/channels';
import { showConversation } from '../../../sandbox/web/conversations';
import type { StandIns } from '../../../sandbox/web/request-sources';
import { startShow, type Show } from '../../../sandbox/web/server';
import { viaWebhook, type RestAnswer } from '../sandbox-portal/support';

/** Texts that may be on no page. */
export const secrets = {
  bot: 'marker-bot-token',
  webhook: 'markerwebhooksecret',
  dify: 'app-marker-of-dify',
  typebot: 'marker-typebot-token',
  speechSense: 'AQVN-marker-of-speechsense',
};

const plans: readonly ChannelPlan[] = [
  { code: 'helper', title: 'The helper', flow: 'BitBot/0 Echo bot.json' },
  { code: 'nobody', title: 'Not deployed', flow: 'BitBot/1 Dify chatflow bot.json' },
];

export interface Answer {
  status: number;
  body: unknown;
  text: string;
  bytes: Buffer;
  headers: http.IncomingHttpHeaders;
}

export interface Stage {
  portal: Portal;
  dify: Dify;
  typebot: Typebot;
  speechSense: SpeechSense;
  standIns: StandIns;
  show: Show;
  bot: Bot;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** As the page does it. */
  post(path: string, body: string | Buffer, headers?: Record<string, string>): Promise<Answer>;
  act(act: string, more?: object): Promise<Answer>;
  /** The bot's program writes. */
  botSays(text: string, more?: object): Promise<RestAnswer>;
  /** What the chat page asks for, of the first channel. */
  chat(channel?: string): Promise<unknown>;
}

/** The stand-ins with their pages, before each test. */
export function useStage(): () => Stage {
  let stage: Stage | undefined;
  const closing: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    stage = await startStage(closing);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return () => {
    assert.ok(stage);
    return stage;
  };
}

async function startStage(closing: (() => Promise<unknown>)[]): Promise<Stage> {
  const opened = async <Opened extends { stop(): Promise<unknown> }>(
    opening: Promise<Opened>,
  ): Promise<Opened> => {
    const one = await opening;
    closing.push(() => one.stop());
    return one;
  };
  const portal = await opened(
    startPortal({
      limits: 'off',
      lines: linesOf(plans),
      webhook: { secret: secrets.webhook },
      keepsAnswers: true,
    }),
  );
  const apps = [{ name: 'chatflow', mode: 'advanced-chat', key: secrets.dify }] as const;
  const dify = await opened(startDify({ apps }));
  const typebot = await opened(startTypebot({ token: secrets.typebot }));
  const speechSense = await opened(
    startSpeechSense({
      apiKey: secrets.speechSense,
      readyAfterMs: 0,
      conversation: showConversation(() => show.language()),
    }),
  );
  const bot = portal.addBot({ code: 'helper', api: 'v2', eventMode: 'fetch', botToken: secrets.bot });
  const standIns = { portal, dify, typebot, speechSense };
  const show: Show = await opened(
    startShow({
      standIns,
      secrets: () => Object.values(secrets),
      editorUrl: () => 'http://127.0.0.1:1880/',
      plans,
    }),
  );
  const post: Stage['post'] = (path, body, headers = {}) =>
    request(show, path, { method: 'POST', body, headers: { 'X-Bitlane-Sandbox': '1', ...headers } });
  const get: Stage['get'] = (path, headers = {}) => request(show, path, { method: 'GET', headers });
  const [line] = portal.state.chats.values();
  assert.ok(line);
  const dialogId = portal.dialogId(line);
  return {
    ...{ portal, dify, typebot, speechSense, standIns, show, bot, get, post },
    act: (act, more = {}) => post('/api/act', JSON.stringify({ act, channel: 'helper', ...more })),
    botSays: (message, more = {}) => {
      const fields = { message, ...more };
      const say = { botId: bot.id, botToken: secrets.bot, dialogId, fields };
      return viaWebhook(portal, 'imbot.v2.Chat.Message.send', say);
    },
    chat: async (channel = 'helper') => (await get(`/api/chat?channel=${channel}`)).body,
  };
}

/** By hand, for `fetch` sets the Host header itself. */
export function request(
  show: Show,
  path: string,
  { method, headers, body = '' }: { method: string; headers: Record<string, string>; body?: string | Buffer },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request(new URL(path, show.chatUrl), { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString();
        const isJson = String(response.headers['content-type']).startsWith('application/json');
        const parsed: unknown = isJson ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, body: parsed, text, bytes, headers: response.headers });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
