import { at, idAt } from '../../core/fields';
import { UnreachableError } from '../../core/errors';
import type { BatchCommand, BatchOutcome, RestAnswer } from './portal';
import { timeOf } from './answer';
import { refusalOf } from './refusal';

/** Reads the five maps of a batch's result; PHP sends an empty one as a list. */
export function readBatchAnswer(
  commands: readonly Pick<BatchCommand, 'key' | 'method' | 'params'>[],
  { result }: RestAnswer,
): BatchOutcome[] {
  return commands.map((command) => readOutcome(command, result));
}

function readOutcome({ key, method, params }: BatchCommand, result: unknown): BatchOutcome {
  const error = entryOf(at(result, 'result_error'), key);
  if (error !== undefined) {
    const answer = typeof error === 'string' ? { error } : error;
    return { error: refusalOf(method, { answer, hidden: { secrets: [], sent: params } }) };
  }
  const own = entryOf(at(result, 'result'), key);
  if (own === undefined) return { error: missing(method) };
  return {
    answer: {
      result: own,
      total: idAt({ total: entryOf(at(result, 'result_total'), key) }, 'total'),
      next: idAt({ next: entryOf(at(result, 'result_next'), key) }, 'next'),
      time: timeOf(entryOf(at(result, 'result_time'), key)),
    },
  };
}

/** A list has a `length` of its own, which is no command's outcome. */
function entryOf(map: unknown, key: string): unknown {
  return Array.isArray(map) && !/^\d+$/.test(key) ? undefined : at(map, key);
}

/** The portal broke off somewhere, after its 60 s for instance: this command may have been the last one it ran. */
function missing(method: string): UnreachableError {
  return new UnreachableError('BITRIX_UNREACHABLE', `${method}: the batch's answer does not speak of it`, {
    sent: true,
    params: { method },
  });
}
