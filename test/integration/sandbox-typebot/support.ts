import { startTypebot, type Typebot, type TypebotOptions } from '../../../sandbox/typebot';
import { isMap, textOf } from '../../../sandbox/shared/params';

/** Servers that are stopped after each test. */
export function servers(): (options?: TypebotOptions) => Promise<Typebot> {
  const running: Typebot[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((typebot) => typebot.stop()));
  });
  return async (options) => {
    const typebot = await startTypebot(options);
    running.push(typebot);
    return typebot;
  };
}

export interface JsonAnswer {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
}

export async function post(
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A conversation with one bot. */
export interface Talk {
  start: (body?: Record<string, unknown>, headers?: Record<string, string>) => Promise<JsonAnswer>;
  /** Whatever comes as `message`; nothing at all without an argument. */
  say: (message?: unknown, more?: Record<string, unknown>) => Promise<JsonAnswer>;
  /** Starts, says each of these, and tells what came to the last one. */
  after: (...messages: unknown[]) => Promise<string>;
}

export function talkTo(typebot: Typebot, botName: string): Talk {
  const start: Talk['start'] = (body = {}, headers = {}) => post(typebot.startUrl(botName), body, headers);
  const say: Talk['say'] = (message, more = {}) =>
    answerTo(typebot, typebot.sessionOf(botName).id, {
      ...(message === undefined ? {} : { message }),
      ...more,
    });
  return {
    start,
    say,
    async after(...messages) {
      let answer = await start();
      for (const message of messages) answer = await say(message);
      return seen(answer);
    },
  };
}

export function answerTo(typebot: Typebot, sessionId: string, body: unknown): Promise<JsonAnswer> {
  return post(`${typebot.apiBaseUrl}/v1/sessions/${sessionId}/continueChat`, body);
}

/** `at(answer.json, 'input', 'items', 0)`: a value deep in an answer. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found)) found = found[Number(step)];
    else if (isMap(found)) found = found[step];
    else return undefined;
  }
  return found;
}

/** `Hello! | {wait} | ? text input`; an action that expects a reply has an exclamation mark. */
export function seen({ status, json, text }: JsonAnswer): string {
  if (status !== 200) return `${status} ${textOf(at(json, 'message')) ?? text}`;
  const actions = listAt(json, 'clientSideActions').map(
    (action) => `{${String(at(action, 'type'))}${at(action, 'expectsDedicatedReply') === true ? '!' : ''}}`,
  );
  const input = textOf(at(json, 'input', 'type'));
  const parts = [
    ...listAt(json, 'messages').map(bubbleText),
    ...actions,
    input === undefined ? 'over' : `? ${input}`,
  ];
  return parts.join(' | ');
}

function bubbleText(bubble: unknown): string {
  const type = String(at(bubble, 'type'));
  if (type !== 'text') return `[${type}]`;
  const markdown = at(bubble, 'content', 'markdown');
  if (typeof markdown === 'string') return markdown;
  return listAt(at(bubble, 'content'), 'richText').map(textIn).join('\n');
}

function textIn(node: unknown): string {
  return typeof at(node, 'text') === 'string'
    ? String(at(node, 'text'))
    : listAt(node, 'children').map(textIn).join('');
}

export function listAt(value: unknown, name: string): unknown[] {
  const found = at(value, name);
  return Array.isArray(found) ? found : [];
}

/** The id of an item, or of a button of it, in the input that was shown. */
export function itemId({ json }: JsonAnswer, index: number, path?: number): string {
  const item = at(json, 'input', 'items', index);
  return String(path === undefined ? at(item, 'id') : at(item, 'paths', path, 'id'));
}

export const retry = 'Invalid message. Please, try again.';
