/** A stand-in for Typebot, bare: one question, over and over, after the delay that it was told, or when all are let go. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { obey } from './child';

type Order = { kind: 'delay'; ms: number } | { kind: 'hold' | 'held' | 'letGo' | 'open' };

let delayMs = 0;
/** Those that wait here for `letGo`. */
let held: (() => void)[] | undefined;
let sessions = 0;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const said: unknown = JSON.parse(Buffer.concat(pieces).toString());
    const isStart = request.url?.endsWith('/startChat') === true;
    const text = `You said: ${textOf(said)}`;
    const answer = JSON.stringify({
      ...(isStart && { sessionId: `session${(sessions += 1)}`, resultId: `result${sessions}`, typebot }),
      messages: [
        {
          id: 'answer',
          type: 'text',
          content: { type: 'richText', richText: [{ type: 'p', children: [{ text }] }] },
        },
      ],
      input: { id: 'question', type: 'text input', outgoingEdgeId: 'again', options: { isLong: false } },
    });
    if (held) held.push(() => send(response, answer));
    else if (delayMs === 0) send(response, answer);
    else setTimeout(send, delayMs, response, answer);
  });
});

const typebot = { id: 'bot', theme: {}, settings: { typingEmulation: { enabled: false } } };

function textOf(said: unknown): string {
  const { message } = said as { message?: { text?: string } };
  return message?.text ?? '';
}

function send(response: ServerResponse, answer: string): void {
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(answer),
  });
  response.end(answer);
}

function letGo(): void {
  const all = held ?? [];
  held = undefined;
  for (const one of all) one();
}

obey<Order>(async (order) => {
  if (order.kind === 'held') return held?.length ?? 0;
  if (order.kind === 'hold') held = [];
  else if (order.kind === 'letGo') letGo();
  else if (order.kind === 'delay') delayMs = order.ms;
  else await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  return (server.address() as AddressInfo).port;
});
