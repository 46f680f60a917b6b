import type { ActionBlock, BotEvent, Fields, LogicBlock, ReplyUse } from './blocks';

export function wait(seconds: number): ActionBlock {
  return clientAction({ type: 'wait', wait: { secondsToWaitFor: seconds } });
}

/** A wait after which the client has to call again, with nothing to say. */
export function pause(seconds = 0): ActionBlock {
  return clientAction({ type: 'wait', wait: { secondsToWaitFor: seconds } }, true);
}

export function redirect(url: string, isNewTab = true): ActionBlock {
  return clientAction({ type: 'redirect', redirect: { url, isNewTab } });
}

export interface ScriptInit {
  /** False: the expression is a plain value. */
  isCode?: boolean;
  isUnsafe?: boolean;
}

/** "Execute on client". */
export function setOnClient(variable: string, expression: string, init: ScriptInit = {}): ActionBlock {
  const { isCode = true, isUnsafe = false } = init;
  const scriptToExecute = { content: expression, isCode, isUnsafe };
  return clientAction({ type: 'setVariable', setVariable: { scriptToExecute } }, true, {
    as: 'value',
    variable,
  });
}

export interface ClientRequest {
  url: string;
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** `httpOnClient({ url }, { NAME: 'data.name' })`. */
export function httpOnClient(
  request: ClientRequest,
  mapping: Readonly<Record<string, string>> = {},
): ActionBlock {
  const httpRequestToExecute = { method: 'GET', ...request };
  return clientAction({ type: 'httpRequestToExecute', httpRequestToExecute }, true, { as: 'json', mapping });
}

/** Waits until somebody outside has called. */
export function listenForWebhook(mapping: Readonly<Record<string, string>> = {}): ActionBlock {
  return clientAction({ type: 'listenForWebhook' }, true, { as: 'webhook', mapping });
}

/** Asks for a person, in Typebot's own widget. */
export function chatwoot(): ActionBlock {
  const scriptToExecute = { content: 'window.$chatwoot.toggle("open");', args: [] };
  return clientAction({ type: 'chatwoot', chatwoot: { scriptToExecute } });
}

export function clientScript(content: string): ActionBlock {
  return clientAction({ type: 'scriptToExecute', scriptToExecute: { content, args: [] } });
}

export function tracking(type: 'googleAnalytics' | 'pixel', options: Fields = {}): ActionBlock {
  return clientAction({ type, [type]: options });
}

/** Any type, also one that nobody knows yet. */
export function clientAction(
  action: Fields & { type: string },
  expectsDedicatedReply = false,
  reply?: ReplyUse,
): ActionBlock {
  return { kind: 'action', action, expectsDedicatedReply, ...(reply ? { reply } : {}) };
}

export const jump = (to: string): LogicBlock => ({ kind: 'jump', to });
export const back = (): LogicBlock => ({ kind: 'back' });
export const end = (): LogicBlock => ({ kind: 'end' });
export const log = (entry: Fields): LogicBlock => ({ kind: 'log', log: entry });

/** By the answer, or any other variable. */
export function whenIs(variable: string, is: string, to: string): LogicBlock {
  return { kind: 'when', variable, is, to };
}

export function whenSet(variable: string, to: string): LogicBlock {
  return { kind: 'when', variable, is: undefined, to };
}

/** On the server: `set('GREETING', 'Hello {{NAME}}')`. */
export function set(variable: string, value: string): LogicBlock {
  return { kind: 'set', variable, value };
}

export interface CommandInit {
  /** None: nobody has connected the event yet. */
  to?: string;
  /** Afterwards the question that was open is asked again. */
  resumeAfter?: boolean;
}

export function onCommand(command: string, init: CommandInit): BotEvent {
  return { kind: 'command', command, ...init };
}

/** Before any reply is looked at. `back()` there lets the reply count after all. */
export function onReply(to: string, save?: string): BotEvent {
  return { kind: 'reply', to, ...(save === undefined ? {} : { save }) };
}

/** In place of the sentence that asks again. */
export function onInvalidReply(to: string, save?: string): BotEvent {
  return { kind: 'invalid-reply', to, ...(save === undefined ? {} : { save }) };
}
