import type { Clock } from '../../core/clock';
import { CancelledError, RefusedError } from '../../core/errors';
import type { BatchCommand, BatchOutcome, PortalRest } from '../rest/portal';
import type { Call } from './call';
import { createNameBook, type NameBook } from './name-book';
import { idFor, nameSources, type NameKind, type NameSource } from './name-sources';

/** The portal does not let us ask for these names. */
export interface CallNamesNotice {
  readonly who: 'operators' | 'clients';
  /** `insufficient_scope`, `ACCESS_DENIED` and so on. */
  readonly reason: string;
}

export interface CallNamesOptions {
  readonly rest: Pick<PortalRest, 'batch'>;
  /** How long a name is good. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly onNotice?: ((notice: CallNamesNotice) => void) | undefined;
  /** In memory. */
  readonly mostNames?: number | undefined;
}

export interface CallNames {
  /** The same calls with the names that could be found out. Fails only when it is stopped. */
  named(calls: readonly Call[], signal: AbortSignal): Promise<Call[]>;
  /** The portal could not be asked for a name of this call, or it was long ago; another try may find it. */
  isUnasked(call: Call): boolean;
}

const missingTtlMs = 10 * 60_000;
const idsARequest = 50;

export function createCallNames({ rest, ttlMs, clock, ...options }: CallNamesOptions): CallNames {
  const { onNotice = () => undefined, mostNames = 10_000 } = options;
  const book = createNameBook({ clock, ttlMs, missingTtlMs: Math.min(missingTtlMs, ttlMs), most: mostNames });
  const toldOf = new Set<CallNamesNotice['who']>();
  /** Sources that the portal keeps from us, and until when they are left alone. */
  const closed = new Map<NameKind, number>();

  async function named(calls: readonly Call[], signal: AbortSignal): Promise<Call[]> {
    const found = new Map<string, string>();
    const questions = nameSources.flatMap((source) => questionsFor(source, calls, found));
    if (questions.length > 0) await learn(questions, found, signal);
    return calls.map((call) => withNames(call, found));
  }

  /** What the book knows goes to `found`; the rest is to be asked for, each id once. */
  function questionsFor(source: NameSource, calls: readonly Call[], found: Map<string, string>): Question[] {
    const unknown = new Set<string>();
    for (const call of calls) {
      const id = idFor(source.kind, call);
      if (id === undefined) continue;
      const known = book.get(keyOf(source.kind, id));
      if (known === undefined) unknown.add(id);
      else found.set(keyOf(source.kind, id), known);
    }
    if ((closed.get(source.kind) ?? 0) > clock.now()) return [];
    return chunksOf([...unknown]).map((ids, place) => ({ source, ids, key: `${source.kind}_${place}` }));
  }

  async function learn(
    questions: readonly Question[],
    found: Map<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const commands = questions.map(commandOf);
    const outcomes = await rest.batch(commands, { idempotent: true, signal });
    if (signal.aborted) throw new CancelledError();
    for (const question of questions) {
      const outcome = outcomes.get(question.key);
      if (outcome && 'answer' in outcome) readNames(question, outcome.answer.result, { found, book });
      else noteFailure(question.source.kind, outcome);
    }
  }

  function noteFailure(
    kind: NameKind,
    outcome: Exclude<BatchOutcome, { answer: unknown }> | undefined,
  ): void {
    const error = outcome?.error;
    if (!(error instanceof RefusedError) || !isRightMissing(error)) return;
    closed.set(kind, clock.now() + missingTtlMs);
    const who = kind === 'operator' ? 'operators' : 'clients';
    if (toldOf.has(who)) return;
    toldOf.add(who);
    onNotice({ who, reason: error.serviceCode ?? error.code });
  }

  function isUnasked(call: Call): boolean {
    return nameSources.some((source) => questionsFor(source, [call], new Map()).length > 0);
  }

  return { named, isUnasked };
}

interface Question {
  readonly source: NameSource;
  readonly ids: readonly string[];
  readonly key: string;
}

function commandOf({ source, ids, key }: Question): BatchCommand {
  return { key, method: source.method, params: source.paramsOf(ids) };
}

function readNames(
  { source, ids }: Question,
  result: unknown,
  { found, book }: { found: Map<string, string>; book: NameBook },
): void {
  const names = new Map(source.read(result).map(({ id, name }) => [id, name]));
  for (const id of ids) {
    const name = names.get(id) ?? '';
    book.keep(keyOf(source.kind, id), name);
    found.set(keyOf(source.kind, id), name);
  }
}

function withNames(call: Call, found: ReadonlyMap<string, string>): Call {
  const nameOf = (kind: NameKind): string | undefined => {
    const id = idFor(kind, call);
    return (id !== undefined && found.get(keyOf(kind, id))) || undefined;
  };
  const operator = nameOf('operator');
  const client = nameOf('CONTACT') ?? nameOf('COMPANY') ?? nameOf('LEAD');
  return {
    ...call,
    operator: { ...call.operator, ...(operator !== undefined && { name: operator }) },
    client: { ...call.client, ...(client !== undefined && { name: client }) },
  };
}

const keyOf = (kind: NameKind, id: string): string => `${kind}_${id}`;

function isRightMissing({ code, serviceCode }: RefusedError): boolean {
  // A method outside the granted scopes is to some portals one that there is not.
  return code === 'BITRIX_AUTH' || code === 'BITRIX_PLAN' || serviceCode === 'ERROR_METHOD_NOT_FOUND';
}

function chunksOf(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / idsARequest);
  return Array.from({ length: count }, (_, place) =>
    ids.slice(place * idsARequest, (place + 1) * idsARequest),
  );
}
