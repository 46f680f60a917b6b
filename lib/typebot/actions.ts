import { at, textAt } from '../core/fields';
import type { Part } from '../core/parts';
import { linkPart } from './bubbles/link-part';

/** What the bot wants to hear before it goes on; nothing that a person says. */
export type DueReply = { kind: 'reply'; text: string | null } | { kind: 'webhook' };

export interface PlayedAction {
  parts: Part[];
  due?: DueReply;
  /** The designer opens a human's chat at this place. */
  handover?: boolean;
}

export interface ActionLimits {
  readonly maxWaitSeconds: number;
}

/** What of a client's work a chat can do. Code is never run and nothing is ever called: both come from outside. */
export function playAction(action: unknown, limits: ActionLimits): PlayedAction {
  const kind = kindOf(action);
  const due = dueReply(action, kind);
  return {
    parts: partsOf(action, kind, limits),
    ...(due && { due }),
    ...(kind === 'chatwoot' && { handover: true }),
  };
}

/** Old releases have no `type`, but a property with its name. */
const kinds = [
  ...['wait', 'redirect', 'chatwoot', 'setVariable', 'listenForWebhook'],
  ...['httpRequestToExecute', 'webhookToExecute', 'stream', 'streamOpenAiChatCompletion'],
];

function kindOf(action: unknown): string {
  return textAt(action, 'type') ?? kinds.find((kind) => at(action, kind) !== undefined) ?? '';
}

function partsOf(action: unknown, kind: string, { maxWaitSeconds }: ActionLimits): Part[] {
  if (kind === 'wait')
    return waitParts(Number(textAt(action, 'wait', 'secondsToWaitFor') ?? 0), maxWaitSeconds);
  // A chat cannot lead anybody anywhere by itself.
  if (kind === 'redirect') return linkPart(textAt(action, 'redirect', 'url'));
  return [];
}

export function waitParts(seconds: number, maxSeconds: number): Part[] {
  const ms = Math.round(Math.min(seconds, maxSeconds) * 1000);
  return ms > 0 ? [{ type: 'wait', ms }] : [];
}

/** What Typebot takes for the answer of a browser that could not make the call. It must be JSON. */
const notCalled = JSON.stringify({ statusCode: 500, data: 'not supported' });
/** Old releases do not say that these want a reply. */
const alwaysDue = new Set(['setVariable', 'webhookToExecute', 'httpRequestToExecute', 'listenForWebhook']);

function dueReply(action: unknown, kind: string): DueReply | undefined {
  const wish = at(action, 'expectsDedicatedReply');
  if (wish === false || (wish !== true && !alwaysDue.has(kind))) return undefined;
  if (kind === 'listenForWebhook') return { kind: 'webhook' };
  if (kind === 'setVariable') return { kind: 'reply', text: literalIn(action) };
  const isCall = kind === 'httpRequestToExecute' || kind === 'webhookToExecute';
  return { kind: 'reply', text: isCall ? notCalled : null };
}

/** The value of a script that is nothing but a value. Any other leaves the variable as it is. */
function literalIn(action: unknown): string | null {
  const script = textAt(action, 'setVariable', 'scriptToExecute', 'content') ?? '';
  const value = script
    .trim()
    .replace(/^return\s+/, '')
    .replace(/;$/, '')
    .trim();
  if (/^(?:-?\d{1,30}(?:\.\d{1,30})?|true|false)$/.test(value)) return value;
  return /^(?:"([^"\\\n]*)"|'([^'\\\n]*)'|`([^`\\$]*)`)$/.exec(value)?.slice(1).find(Boolean) ?? null;
}

/** Where the action stands: behind this bubble, or before all of them. */
export function bubbleBefore(action: unknown): string | undefined {
  return textAt(action, 'lastBubbleBlockId');
}
