/**
 * B: what a Node programmer writes in an afternoon, with pooled connections. Says yes at once, keeps nothing on disk,
 * knows an event that comes twice no more than one that does not, and takes a dialog's events in whatever order.
 */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import qs from 'qs';
import { bot } from './event-form';
import { obey } from './child';

interface Order {
  readonly kind: 'open';
  readonly bot: string;
  readonly portal: string;
}

const agent = new Agent({ keepAlive: true });
const sessions = new Map<string, string>();
let urls = { bot: '', portal: '' };

const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
  const pieces: Buffer[] = [];
  incoming.on('data', (piece: Buffer) => pieces.push(piece));
  incoming.on('end', () => {
    response.writeHead(200, { 'Content-Length': 2 }).end('OK');
    converse(Buffer.concat(pieces).toString()).catch((error: unknown) => console.error(error));
  });
});

interface Event {
  data: { message: { text: string }; chat: { dialogId: string } };
}

interface Answer {
  sessionId?: string;
  messages: { content: { richText: { children: { text: string }[] }[] } }[];
}

async function converse(body: string): Promise<void> {
  const { data } = qs.parse(body, { arrayLimit: 0, parameterLimit: 5000, depth: 10 }) as unknown as Event;
  const { dialogId } = data.chat;
  const session = sessions.get(dialogId);
  const path = session === undefined ? 'typebots/bot/startChat' : `sessions/${session}/continueChat`;
  const message = { type: 'text', text: data.message.text };
  const answer = (await post(`${urls.bot}/api/v1/${path}`, { message })) as Answer;
  if (answer.sessionId !== undefined) sessions.set(dialogId, answer.sessionId);
  const text = answer.messages
    .flatMap(({ content }) => content.richText)
    .map(({ children }) => children.map((child) => child.text).join(''))
    .join('\n');
  const reply = { botId: bot.id, botToken: bot.token, dialogId, fields: { message: text } };
  await post(`${urls.portal}/rest/1/secret/imbot.v2.Chat.Message.send`, reply);
}

function post(url: string, content: object): Promise<unknown> {
  const text = JSON.stringify(content);
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(pieces).toString())));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

obey<Order>(async (order) => {
  urls = order;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  return (server.address() as AddressInfo).port;
});
