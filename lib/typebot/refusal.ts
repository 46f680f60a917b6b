import { at, entriesAt, textAt } from '../core/fields';
import { RefusedError, type ErrorCode } from '../core/errors';
import { cleanDescription, type HiddenTexts } from '../core/hidden-texts';

export type TypebotCall = 'startChat' | 'continueChat';

export interface RefusedCall {
  readonly call: TypebotCall;
  readonly isPreview: boolean;
  readonly status: number;
  /** The answer's body, read; nothing when it is no JSON. */
  readonly json: unknown;
  readonly text: string;
}

/** `lost`: the session is gone or cannot go on. `unknown-command`: the bot has no such command. */
export type RefusalKind = 'lost' | 'unknown-command' | 'other';

export class TypebotRefusal extends RefusedError {
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, ...[code, message, detail]: ConstructorParameters<typeof RefusedError>) {
    super(code, message, detail);
    this.kind = kind;
  }
}

/** Of a proxy's page this is enough to know it by. */
const pageStart = 200;

/** Releases differ in the envelope, so that only the status and the words can be relied upon. */
export function refusalOf(refused: RefusedCall, hidden: HiddenTexts, retryAfterMs?: number): TypebotRefusal {
  const { call, status } = refused;
  const words = wordsOf(refused);
  const serviceCode = serviceCodeOf(refused.json);
  const reason = serviceCode ?? `HTTP ${status}`;
  const detail = cleanDescription(words, hidden);
  const told = serviceCode === undefined ? reason : `${status} ${reason}`;
  const { code, kind } = judge(refused, words);
  return new TypebotRefusal(kind, code, `${call}: ${told}${detail === '' ? '' : `: ${detail}`}`, {
    status,
    ...(serviceCode === undefined ? {} : { serviceCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    params: { reason, detail: detail === '' ? reason : detail, ...secondsOf(words, status) },
  });
}

interface Verdict {
  readonly code: ErrorCode;
  readonly kind: RefusalKind;
}

const other = (code: ErrorCode): Verdict => ({ code, kind: 'other' });

const verdicts: Readonly<Record<number, (refused: RefusedCall, words: string) => Verdict>> = {
  400: judgeBadRequest,
  // The published bot wants no token: who asks for one is the builder, or something in front of it all.
  401: ({ isPreview }) => other(isPreview ? 'TYPEBOT_AUTH' : 'TYPEBOT_ADDRESS'),
  403: judgeForbidden,
  404: judgeMissing,
  405: () => other('TYPEBOT_ADDRESS'),
  408: () => other('TYPEBOT_TIMEOUT'),
  429: () => other('TYPEBOT_RATE_LIMIT'),
};

function judge(refused: RefusedCall, words: string): Verdict {
  const known = verdicts[refused.status];
  if (known) return known(refused, words);
  if (refused.status < 500) return other('TYPEBOT_REFUSED');
  return { code: 'TYPEBOT_FAILED', kind: brokenBlock.test(words) ? 'lost' : 'other' };
}

/** The bot was published anew while the session was on, or its state cannot be read any more. */
const brokenBlock = /current block id is not set|(?:group|block) not found/i;
const unknownCommand = /command event|outgoing edge/i;
/** What a start may be refused for besides a closed bot, whose words are the designer's own. */
const otherBadRequest = /validation failed|not valid json|start group|start event|current block/i;

function judgeBadRequest({ call, json }: RefusedCall, words: string): Verdict {
  if (unknownCommand.test(words)) return { code: 'TYPEBOT_REFUSED', kind: 'unknown-command' };
  if (/\bclosed\b/i.test(words)) return other('TYPEBOT_CLOSED');
  const isClosedText = call === 'startChat' && hasEnvelope(json) && !hasIssues(json) && words !== '';
  return other(isClosedText && !otherBadRequest.test(words) ? 'TYPEBOT_CLOSED' : 'TYPEBOT_REFUSED');
}

function judgeForbidden(_refused: RefusedCall, words: string): Verdict {
  if (/origin not allowed/i.test(words)) return other('TYPEBOT_ORIGIN');
  return other(/\bclosed\b/i.test(words) ? 'TYPEBOT_CLOSED' : 'TYPEBOT_REFUSED');
}

function judgeMissing({ call, json }: RefusedCall, words: string): Verdict {
  if (!hasEnvelope(json)) return other('TYPEBOT_ADDRESS');
  if (/session/i.test(words)) return { code: 'TYPEBOT_SESSION', kind: 'lost' };
  if (/typebot|template/i.test(words)) return other('TYPEBOT_NOT_FOUND');
  return call === 'continueChat' ? { code: 'TYPEBOT_SESSION', kind: 'lost' } : other('TYPEBOT_ADDRESS');
}

function hasEnvelope(json: unknown): boolean {
  return textAt(json, 'message') !== undefined && textAt(json, 'code') !== undefined;
}

function hasIssues(json: unknown): boolean {
  return entriesAt(json, 'data', 'issues').length > 0 || entriesAt(json, 'issues').length > 0;
}

function serviceCodeOf(json: unknown): string | undefined {
  const code = textAt(json, 'code');
  return code !== undefined && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
}

function wordsOf({ json, text }: RefusedCall): string {
  if (json === undefined) return wordsOfPage(text);
  const said = textAt(json, 'message') ?? textAt(json, 'error') ?? '';
  return [said, ...placesOf(json)].filter((part) => part !== '').join(' ');
}

/** Which fields of the request were wrong; what stood in them is not told. */
function placesOf(json: unknown): string[] {
  const issues = [...entriesAt(json, 'data', 'issues'), ...entriesAt(json, 'issues')];
  return issues.slice(0, 5).flatMap((issue) => {
    const path = entriesAt(issue, 'path').filter(
      (step) => typeof step === 'string' || typeof step === 'number',
    );
    return path.length === 0 ? [] : [`(${path.join('.')})`];
  });
}

function wordsOfPage(page: string): string {
  const start = page
    .slice(0, pageStart * 20)
    .replace(/<(script|style)\b[\s\S]*?(?:<\/\1>|$)/gi, ' ')
    .replace(/<[^<>]*>/g, ' ');
  return start.replace(/\s+/g, ' ').trim().slice(0, pageStart);
}

/** The server's own limit, which it names in its words. */
function secondsOf(words: string, status: number): Record<string, number | string> {
  if (status !== 408) return {};
  return { seconds: /(\d{1,6})\s*seconds?/i.exec(words)?.[1] ?? '?' };
}

export function isLost(error: unknown): boolean {
  return error instanceof TypebotRefusal && error.kind === 'lost';
}

/** The message has a form that the server does not know, so that nothing was done with it. */
export function isUnfitMessage(error: unknown): boolean {
  if (!(error instanceof TypebotRefusal) || error.kind !== 'other') return false;
  return error.status === 400 && error.code === 'TYPEBOT_REFUSED' && /validation/i.test(error.message);
}

/** Before version 3.5 a command is no form of message at all. */
export function isUnfitCommand(error: unknown): boolean {
  return isUnfitMessage(error) || (error instanceof TypebotRefusal && error.kind === 'unknown-command');
}

/** Whether it is an answer of a bot: each of these may be missing, but not all of them. */
export function isAnswer(json: unknown): boolean {
  return ['messages', 'input', 'clientSideActions', 'sessionId'].some((name) => at(json, name) !== undefined);
}
