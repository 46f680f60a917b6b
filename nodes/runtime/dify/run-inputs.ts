import { InvalidError, RefusedError } from '../../../lib/core/errors';
import type { SkippedFile } from '../../../lib/dify/attach';
import type { DifyClient } from '../../../lib/dify/client';
import type { DifyFileInput } from '../../../lib/dify/file-input';
import { checkLengths, fitInputs, type InputWarning } from '../../../lib/dify/fit-inputs';
import type { Asking } from './asking';
import { beforeRun } from './before-run';
import type { RunSettings } from './run-settings';

export interface RunInputs {
  query: string;
  inputs: Record<string, unknown>;
  files: DifyFileInput[];
}

export interface RunInputsParts {
  readonly client: DifyClient;
  readonly settings: Pick<RunSettings, 'sendsFiles' | 'tooLong'>;
  /** Told what is not sent as it came. */
  readonly onNotice: (notice: Error) => void;
}

/** What a run is started with, in the form that the app takes. A file that it does not take costs only itself. */
export function runInputsFor(asking: Asking, parts: RunInputsParts): Promise<RunInputs> {
  return beforeRun(() => prepare(asking, parts));
}

async function prepare(asking: Asking, { client, settings, onNotice }: RunInputsParts): Promise<RunInputs> {
  const { tooLong, sendsFiles } = settings;
  const given = await asking.read();
  // What cannot be sent is to be known before recordings and files are.
  if (given.app) checkLengths(given.variables, given.app.form, { tooLong });
  const { app, question: query, variables, files } = await asking.hear();
  if (!app) return { query, inputs: fitInputs(variables, undefined).inputs, files: [] };
  checkLengths(variables, app.form, { tooLong });
  const { user, options } = asking;
  const attached = await client.attachFiles(sendsFiles ? files : [], app, { user, signal: options.signal });
  const { inputs, warnings } = fitInputs({ ...variables, ...attached.inputs }, app.form, { tooLong });
  for (const skipped of attached.skipped) onNotice(noticeOfFile(skipped));
  for (const warning of warnings) onNotice(noticeOfInput(warning));
  return { query, inputs, files: attached.files };
}

/** Without the file's name, which may say more than a log should know. */
export function noticeOfFile({ reason }: SkippedFile): Error {
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
