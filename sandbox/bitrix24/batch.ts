import type { MethodAnswer } from './call';
import { flagOf, isMap, textOf, type Params } from '../shared/params';
import { parsePhpQuery } from './php-query';
import { refusal } from './refusal';

type StepOutcome =
  { answer: MethodAnswer; time: object } | { error: { error: string; error_description: string } };

const longestBatch = 50;

/** One request, one unit of the rate, commands in order; the whole answers 200 whatever its commands did. */
export function runBatch(
  params: Params,
  references: 'resolved' | 'left',
  run: (method: string, params: Params) => StepOutcome,
): MethodAnswer {
  const asList = Array.isArray(params['cmd']);
  const commands = readCommands(params['cmd']);
  const results = new Map<string, unknown>();
  const errors = new Map<string, unknown>();
  const totals = new Map<string, unknown>();
  const nexts = new Map<string, unknown>();
  const times = new Map<string, unknown>();
  for (const [key, command] of commands) {
    const outcome = runCommand(command, references === 'left' ? undefined : results, run);
    if ('error' in outcome) {
      errors.set(key, outcome.error);
      if (flagOf(params['halt'], false)) break;
      continue;
    }
    results.set(key, outcome.answer.result);
    times.set(key, outcome.time);
    if (outcome.answer.total !== undefined) totals.set(key, outcome.answer.total);
    if (outcome.answer.next !== undefined) nexts.set(key, outcome.answer.next);
  }
  return {
    result: {
      result: phpArray(results, asList),
      result_error: phpArray(errors, asList),
      result_total: phpArray(totals, asList),
      result_next: phpArray(nexts, asList),
      result_time: phpArray(times, asList),
    },
  };
}

function readCommands(cmd: unknown): [string, string][] {
  if (!Array.isArray(cmd) && !isMap(cmd)) return [];
  const commands = Object.entries(cmd).map(([key, value]): [string, string] => [key, textOf(value) ?? '']);
  if (commands.length > longestBatch)
    throw refusal('ERROR_BATCH_LENGTH_EXCEEDED', 'Max batch length exceeded');
  return commands;
}

function runCommand(
  command: string,
  results: ReadonlyMap<string, unknown> | undefined,
  run: (method: string, params: Params) => StepOutcome,
): StepOutcome {
  const question = command.indexOf('?');
  const method = question < 0 ? command : command.slice(0, question);
  if (method === 'batch') {
    return {
      error: {
        error: 'ERROR_BATCH_METHOD_NOT_ALLOWED',
        error_description: 'Method is not allowed for batch usage',
      },
    };
  }
  const params = question < 0 ? {} : parsePhpQuery(command.slice(question + 1));
  return run(method, results ? filled(params, results) : params);
}

/** `$result[key][field][0]` anywhere in a value stands for what an earlier command gave. */
function filled(params: Params, results: ReadonlyMap<string, unknown>): Params {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, filledValue(value, results)]));
}

function filledValue(value: unknown, results: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((inner) => filledValue(inner, results));
  if (isMap(value)) return filled(value, results);
  if (typeof value !== 'string') return value;
  const whole = /^\$result((?:\[[^\]]+\])+)$/.exec(value);
  if (whole) return lookUp(whole[1] ?? '', results);
  return value.replace(
    /\$result((?:\[[^\]]+\])+)/g,
    (_, path: string) => textOf(lookUp(path, results)) ?? '',
  );
}

function lookUp(path: string, results: ReadonlyMap<string, unknown>): unknown {
  const keys = [...path.matchAll(/\[([^\]]+)\]/g)].map((match) => match[1] ?? '');
  const [first = '', ...rest] = keys;
  let found = results.get(first);
  for (const key of rest) {
    if (Array.isArray(found)) found = found[Number(key)];
    else if (isMap(found)) found = found[key];
    else return null;
  }
  return found ?? null;
}

/** PHP writes an empty map as `[]`, and a map with the keys 0, 1, 2... as a list. */
function phpArray(entries: ReadonlyMap<string, unknown>, asList: boolean): unknown {
  if (entries.size === 0) return [];
  const isDense = [...entries.keys()].every((key, index) => key === String(index));
  return asList && isDense ? [...entries.values()] : Object.fromEntries(entries);
}
