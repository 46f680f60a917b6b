import { BitlaneError, InvalidError, RefusedError, UnreachableError } from '../../core/errors';
import { textAt } from '../../core/fields';
import type { IntakeAnswer } from '../events/event-intake';

/** What a person on the page is told; the sentences are in page-texts. */
export type ProblemKey =
  | 'expired'
  | 'forbidden'
  | 'busy'
  | 'malformed'
  | 'gone'
  | 'conflict'
  | 'unkept'
  | 'name-empty'
  | 'name-long'
  | 'picture-type'
  | 'picture-heavy'
  | 'picture-large'
  | 'commands-many'
  | 'command-name'
  | 'command-twice'
  | 'command-title'
  | 'command-language'
  | 'command-long'
  | 'avatar-refused'
  | 'command-refused'
  | 'bot-refused'
  | 'app-lost'
  | 'settings'
  | 'unreachable'
  | 'bot-busy'
  | 'store'
  | 'unexpected';

export interface Problem {
  readonly key: ProblemKey;
  /** The command that it is about, with its slash. */
  readonly command?: string;
}

/** Why the page's wish is not fulfilled. */
export class PageRefused extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 409 | 422 | 429,
    readonly problem: Problem,
  ) {
    super(`the page was refused: ${problem.key}`);
  }
}

const headers = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
};

export function jsonAnswer(status: number, content: object): IntakeAnswer {
  return { status, text: JSON.stringify(content), headers };
}

export function problemAnswer({ status, problem }: { status: number; problem: Problem }): IntakeAnswer {
  return jsonAnswer(status, { ok: false, problem });
}

/** For a bearer that opens nothing here: forged, too old or closed. */
export const expiredAnswer: IntakeAnswer = problemAnswer({ status: 401, problem: { key: 'expired' } });

export function refusalFor(thrown: unknown): { status: number; problem: Problem } {
  if (thrown instanceof PageRefused) return thrown;
  const problem = problemOf(thrown);
  return { status: statuses[problem.key] ?? 422, problem };
}

const statuses: Partial<Readonly<Record<ProblemKey, number>>> = {
  unreachable: 503,
  'bot-busy': 503,
  store: 503,
  unexpected: 500,
};

const lost: ReadonlySet<string> = new Set([
  'BITRIX_AUTH',
  'BITRIX_APP_LOST',
  'BITRIX_APP_KEYS',
  'BITRIX_APP_UNPAID',
]);
const later: ReadonlySet<string> = new Set([
  'BITRIX_RATE_LIMIT',
  'BITRIX_OVERLOADED',
  'BITRIX_MOVED',
  'CANCELLED',
]);

/** In words for the people of the portal. What is not ours says nothing: it may quote what it was sent. */
export function problemOf(thrown: unknown): Problem {
  if (!(thrown instanceof BitlaneError)) return { key: 'unexpected' };
  const { code } = thrown;
  if (code.startsWith('STORE_')) return { key: 'store' };
  if (code === 'BITRIX_BOT_BUSY') return { key: 'bot-busy' };
  if (thrown instanceof UnreachableError || later.has(code)) return { key: 'unreachable' };
  if (lost.has(code)) return { key: 'app-lost' };
  if (thrown instanceof InvalidError) return { key: 'settings' };
  return thrown instanceof RefusedError ? portalRefusal(thrown) : { key: 'unexpected' };
}

function portalRefusal({ params }: RefusedError): Problem {
  const command = textAt(params, 'about');
  if (params['obstacle'] === 'avatar-refused') return { key: 'avatar-refused' };
  const isCommand = params['obstacle'] === 'command-refused' && command !== undefined;
  return isCommand ? { key: 'command-refused', command } : { key: 'bot-refused' };
}
