import { InvalidError, RefusedError } from '../../../lib/core/errors';
import { at, keysAt } from '../../../lib/core/fields';
import type { DifyApp } from '../../../lib/dify/app';
import type { SkippedFile } from '../../../lib/dify/attach';
import type { DifyClient } from '../../../lib/dify/client';
import type { DifyFileInput } from '../../../lib/dify/file-input';
import { fitInputs, type InputWarning } from '../../../lib/dify/fit-inputs';
import type { FileSource } from '../../../lib/dify/upload';

export interface RunInputs {
  inputs: Record<string, unknown>;
  files: DifyFileInput[];
}

export interface GivenInputs {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly files: readonly FileSource[];
  readonly user: string;
  readonly signal: AbortSignal;
  /** Told what is not sent as it came. */
  readonly onNotice: (notice: Error) => void;
}

/** Brings variables and files into the form that the app takes. A file that it does not take costs only itself. */
export async function runInputsFor(
  client: DifyClient,
  app: DifyApp | undefined,
  { variables, files, user, signal, onNotice }: GivenInputs,
): Promise<RunInputs> {
  if (!app) return { inputs: fitInputs(variables, undefined).inputs, files: [] };
  const attached =
    files.length === 0
      ? { files: [], inputs: {}, skipped: [] }
      : await client.attachFiles(files, app, { user, signal });
  const { inputs, warnings } = fitInputs({ ...variables, ...attached.inputs }, app.form);
  for (const skipped of attached.skipped) onNotice(noticeOfFile(skipped));
  for (const warning of warnings) onNotice(noticeOfInput(warning));
  return { inputs, files: attached.files };
}

/** `msg.inputs`, or whatever else was chosen. */
export function readVariables(value: unknown): Record<string, unknown> {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw unusable('variables', 'an object');
  return Object.fromEntries(keysAt(value).map((name) => [name, at(value, name)]));
}

export function readQuery(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unusable('query', 'a text');
}

function unusable(what: string, expected: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `${what} must be ${expected}`, { params: { what } });
}

/** Without the file's name, which may say more than a log should know. */
function noticeOfFile({ reason }: SkippedFile): Error {
  const params = { reason, detail: 'a file of the message was left out.' };
  return new RefusedError('DIFY_FILE', `the answer was made without a file: ${reason}`, { params });
}

function noticeOfInput({ variable, problem, limit = 0 }: InputWarning): Error {
  if (problem === 'cut') {
    const params = { variable, limit };
    return new InvalidError('DIFY_INPUT_LONG', `${variable} was cut to ${limit} characters`, { params });
  }
  const params = { variable, detail: 'the value was left out.' };
  return new InvalidError('DIFY_INPUT', `${variable} was left out`, { params });
}
