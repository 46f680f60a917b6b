import { InvalidError } from '../core/errors';
import { parseJson } from '../core/json';
import { isSecretName } from '../core/secret-names';
import { fitValue } from './fit-value';
import type { InputField } from './input-form';

export interface FitOptions {
  /** `cut`: shorten texts that are too long, but never tokens or JSON, which would be worthless. */
  readonly tooLong?: 'cut' | 'refuse';
}

/** Something about a variable that an integrator should know. Holds nothing of its value. */
export interface InputWarning {
  variable: string;
  /** `cut` was shortened to `limit`; `unfit` could not be made into what the app wants and was left out. */
  problem: 'cut' | 'unfit';
  limit?: number;
}

export interface FittedInputs {
  inputs: Record<string, unknown>;
  warnings: InputWarning[];
}

/**
 * Makes of what a flow has what an app wants. Without a form, the values are sent as texts, which every control
 * takes; with one, what is not declared is left out.
 */
export function fitInputs(
  given: Readonly<Record<string, unknown>>,
  form: readonly InputField[] | undefined,
  { tooLong = 'cut' }: FitOptions = {},
): FittedInputs {
  const inputs: Record<string, unknown> = {};
  const warnings: InputWarning[] = [];
  if (!form) return { inputs: asTexts(given), warnings };
  for (const field of form) {
    const { variable } = field;
    const value = Object.hasOwn(given, variable) ? given[variable] : undefined;
    const fitted =
      fitValue(value, field) ?? (field.default === undefined ? undefined : fitValue(field.default, field));
    if (fitted === undefined) {
      if (field.required) throw refusalOfValue(value, field);
      if (isGiven(value)) warnings.push({ variable, problem: 'unfit' });
      continue;
    }
    inputs[variable] = withinLimit(fitted, field, tooLong, warnings);
  }
  return { inputs, warnings };
}

/** Throws for a value that is too long and may not be cut, so that it is known before anything is sent. */
export function checkLengths(
  given: Readonly<Record<string, unknown>>,
  form: readonly InputField[],
  { tooLong = 'cut' }: FitOptions = {},
): void {
  for (const field of form) {
    const { variable } = field;
    const value = Object.hasOwn(given, variable) ? given[variable] : undefined;
    withinLimit(fitValue(value, field), field, tooLong, []);
  }
}

/** Dify counts characters, not the halves of them that JavaScript counts. */
function withinLimit(
  value: unknown,
  { variable, maxLength }: InputField,
  tooLong: 'cut' | 'refuse',
  warnings: InputWarning[],
): unknown {
  if (typeof value !== 'string' || maxLength === undefined || value.length <= maxLength) return value;
  const characters = Array.from(value);
  if (characters.length <= maxLength) return value;
  if (tooLong === 'refuse' || isWorthlessWhenCut(variable, value)) {
    throw new InvalidError('DIFY_INPUT_LONG', `${variable} is longer than ${maxLength} characters`, {
      params: { variable, limit: maxLength },
    });
  }
  warnings.push({ variable, problem: 'cut', limit: maxLength });
  return characters.slice(0, maxLength).join('');
}

function isWorthlessWhenCut(variable: string, value: string): boolean {
  return isSecretName(variable) || isJson(value) || /^https?:\/\/\S+$/.test(value);
}

/** A text may begin with a bracket and be none. */
function isJson(value: string): boolean {
  return /^\s*[[{]/.test(value) && typeof parseJson(value) === 'object';
}

function refusalOfValue(value: unknown, { variable, control }: InputField): InvalidError {
  if (!isGiven(value)) {
    return new InvalidError('DIFY_INPUT_MISSING', `${variable} has no value, and the app requires it`, {
      params: { variable },
    });
  }
  const detail = `a value for ${control} is needed.`;
  return new InvalidError('DIFY_INPUT', `${variable}: ${detail}`, { params: { variable, detail } });
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function asTexts(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [
        name,
        typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
      ]),
  );
}
