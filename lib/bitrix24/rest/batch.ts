import { InvalidError, toError } from '../../core/errors';
import { readBatchAnswer } from './batch-answer';
import { batchRow } from './batch-row';
import type { BatchCommand, BatchOutcome, CallOptions, CallParams, RestAnswer } from './portal';
import { operatingPatienceMs, waitUntilFree, type OperatingLedger } from './operating';

export const longestBatch = 50;
/** The portal gives a batch 60 s; its answer must not be cut off by our impatience. */
export const batchTimeoutMs = 75_000;

export type Ask = (method: string, params: CallParams, options: CallOptions) => Promise<RestAnswer>;

/** The body of a batch. A failed command does not stop the ones behind it. */
export function batchParams(rows: readonly (readonly [key: string, row: string])[]): CallParams {
  return { halt: 0, cmd: Object.fromEntries(rows) };
}

export function createBatch(ask: Ask, ledger: OperatingLedger) {
  return async (
    commands: readonly BatchCommand[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, BatchOutcome>> => {
    const chunks = chunksOf(commands);
    checkKeys(commands);
    for (const chunk of chunks) checkChunk(chunk, commands);
    const outcomes = new Map<string, BatchOutcome>();
    for (const chunk of chunks) {
      const found = await runChunk(chunk, options);
      chunk.forEach(({ key }, place) =>
        outcomes.set(key, found[place] ?? { error: new Error('no outcome') }),
      );
    }
    return outcomes;
  };

  /** Never rejects: what an earlier request achieved must not be lost with a later one. */
  async function runChunk(chunk: readonly BatchCommand[], options: CallOptions): Promise<BatchOutcome[]> {
    try {
      for (const method of new Set(chunk.map((command) => command.method))) {
        await waitUntilFree(ledger, method, operatingPatienceMs, options.signal);
      }
      const rows = chunk.map(({ key, method, params }) => [key, batchRow(method, params)] as const);
      const answer = await ask('batch', batchParams(rows), { timeoutMs: batchTimeoutMs, ...options });
      const outcomes = readBatchAnswer(chunk, answer);
      noteTimes(ledger, chunk, outcomes);
      return outcomes;
    } catch (error) {
      return chunk.map(() => ({ error: toError(error) }));
    }
  }
}

/** Nested calls count for their own methods. */
export function noteTimes(
  ledger: OperatingLedger,
  commands: readonly { method: string }[],
  outcomes: readonly BatchOutcome[],
): void {
  commands.forEach(({ method }, place) => {
    const outcome = outcomes[place];
    if (outcome && 'answer' in outcome) ledger.note(method, outcome.answer.time);
  });
}

function chunksOf(commands: readonly BatchCommand[]): BatchCommand[][] {
  const chunks: BatchCommand[][] = [];
  for (let start = 0; start < commands.length; start += longestBatch) {
    chunks.push(commands.slice(start, start + longestBatch));
  }
  return chunks;
}

function checkKeys(commands: readonly BatchCommand[]): void {
  if (new Set(commands.map(({ key }) => key)).size < commands.length) throw notUsable('the same key twice');
}

/** Found out before the first request leaves. */
function checkChunk(chunk: readonly BatchCommand[], all: readonly BatchCommand[]): void {
  const rows = chunk.map(({ key, method, params }) => [key, batchRow(method, params)] as const);
  // JavaScript and PHP both sort keys that look like numbers before all others.
  if (Object.keys(Object.fromEntries(rows)).some((key, place) => key !== chunk[place]?.key)) {
    throw notUsable('keys that look like numbers, out of order');
  }
  const keys = new Set(all.map(({ key }) => key));
  const earlier = new Set<string>();
  for (const { key, params } of chunk) {
    if (referencesIn(params).some((other) => keys.has(other) && !earlier.has(other))) {
      throw notUsable('a reference to the result of a later command or of another fifty');
    }
    earlier.add(key);
  }
}

function referencesIn(params: CallParams): string[] {
  const found = JSON.stringify(params).matchAll(/\$result\[([^\]]+)\]/g);
  return [...found].map(([, key = '']) => key);
}

function notUsable(what: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `a batch with ${what} cannot be sent`, {
    params: { what: `batch: ${what}` },
  });
}
