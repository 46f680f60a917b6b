import { at, flagAt, textAt, entriesAt } from '../core/fields';
import type { Clock } from '../core/clock';
import { CancelledError, RefusedError, UnreachableError } from '../core/errors';
import type { DifyApi } from './api';
import { readFileRules, type FileRules } from './file-rules';
import { readInputForm, textOf, type InputField } from './input-form';
import { readAgain } from './repeat';

/** `chat` is asked by chat messages, be it a chatflow, a chatbot or an agent. */
export type DifyKind = 'chat' | 'workflow' | 'completion' | 'unknown';

export interface DifyApp {
  name: string;
  /** In Dify's words, for example `advanced-chat`; empty when the release does not say. */
  mode: string;
  kind: DifyKind;
  description: string;
  /** Self-hosted releases tell it. */
  version: string;
  form: InputField[];
  openingStatement: string;
  openingQuestions: string[];
  suggestsQuestions: boolean;
  speechToText: boolean;
  files: FileRules;
}

export interface Describer {
  (options?: { refresh?: boolean; signal?: AbortSignal }): Promise<DifyApp>;
}

const keptMs = 5 * 60_000;
/** While Dify cannot be asked, an older description serves, and not every message waits for another look. */
const servesAgainMs = 60_000;
/** A person waits for it in the editor, and a message of a chat behind it. */
const longestAnswerMs = 15_000;

/** What the app is. Kept for some minutes; those who ask at the same time share the answer. */
export function createDescriber(api: DifyApi, clock: Clock, random?: () => number): Describer {
  let kept: { app: DifyApp; at: number; forMs: number } | undefined;
  let underWay: Promise<DifyApp> | undefined;

  async function describeAnew(): Promise<DifyApp> {
    const app = await describeApp(api, clock, random);
    kept = { app, at: clock.now(), forMs: keptMs };
    return app;
  }

  function olderAfter(error: unknown): DifyApp {
    if (!kept || !isOutage(error)) throw error;
    kept = { ...kept, at: clock.now(), forMs: servesAgainMs };
    return kept.app;
  }

  return async ({ refresh = false, signal } = {}) => {
    const age = kept ? clock.now() - kept.at : Infinity;
    if (kept && !refresh && age >= 0 && age < kept.forMs) return kept.app;
    underWay ??= describeAnew().finally(() => (underWay = undefined));
    const looked = withSignal(underWay, signal);
    return refresh ? looked : looked.catch(olderAfter);
  };
}

function isOutage(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof RefusedError && error.code === 'DIFY_UNREACHABLE';
}

async function describeApp(api: DifyApi, clock: Clock, random?: () => number): Promise<DifyApp> {
  const read = (path: string) =>
    readAgain(() => api.ask({ method: 'GET', path, answerMs: longestAnswerMs }), { clock, random });
  const [about, parameters] = await Promise.all([read('info').catch(forOldReleases), read('parameters')]);
  const mode = textAt(about.json, 'mode') ?? '';
  return {
    name: textAt(about.json, 'name') ?? '',
    mode,
    kind: mode === '' ? await probeKind(api) : kindOf(mode),
    description: textAt(about.json, 'description') ?? '',
    version: about.version ?? parameters.version ?? '',
    form: readInputForm(parameters.json),
    openingStatement: textAt(parameters.json, 'opening_statement') ?? '',
    openingQuestions: entriesAt(parameters.json, 'suggested_questions').flatMap(textOf),
    suggestsQuestions: flagAt(parameters.json, 'suggested_questions_after_answer', 'enabled'),
    speechToText: flagAt(parameters.json, 'speech_to_text', 'enabled'),
    files: readFileRules(parameters.json),
  };
}

/** They know no /info. */
function forOldReleases(error: unknown): { json: unknown; version: string | undefined } {
  if (error instanceof RefusedError && error.status === 404) return { json: {}, version: undefined };
  throw error;
}

function kindOf(mode: string): DifyKind {
  if (['advanced-chat', 'chat', 'agent-chat', 'agent'].includes(mode)) return 'chat';
  return mode === 'workflow' || mode === 'completion' ? mode : 'unknown';
}

/** A release that does not say its mode shows it by what it refuses. Reading lists changes nothing. */
async function probeKind(api: DifyApi): Promise<DifyKind> {
  if (await answers(api, 'conversations', { user: 'bitlane', limit: '1' })) return 'chat';
  return (await answers(api, 'workflows/logs', { limit: '1' })) ? 'workflow' : 'unknown';
}

async function answers(api: DifyApi, path: string, query: Record<string, string>): Promise<boolean> {
  try {
    const { json } = await api.ask({ method: 'GET', path, query });
    return at(json, 'data') !== undefined;
  } catch (error) {
    if (error instanceof RefusedError) return false;
    throw error;
  }
}

/** One who stops waiting does not take the answer from the others. */
function withSignal<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new CancelledError());
    signal.addEventListener('abort', onAbort, { once: true });
    const stopListening = (): void => signal.removeEventListener('abort', onAbort);
    promise.then(resolve, reject).then(stopListening, stopListening);
    if (signal.aborted) onAbort();
  });
}
