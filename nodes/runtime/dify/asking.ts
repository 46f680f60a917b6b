import type { DialogNames } from '../../../lib/conversation/session/dialog-names';
import { at, textAt } from '../../../lib/core/fields';
import type { RunKind } from '../../../lib/dify/answer';
import type { DifyApp } from '../../../lib/dify/app';
import { isVoice } from '../../../lib/dify/attach';
import type { DifyClient } from '../../../lib/dify/client';
import type { RunOptions } from '../../../lib/dify/request';
import { withQuestion, withSpoken } from '../../../lib/dify/spoken';
import type { FileSource } from '../../../lib/dify/upload';
import type { OpenConversation } from '../bot/conversations';
import { plainText, readQuery, readVariables } from '../bot/given-values';
import type { Message, Shell } from '../shell';
import { appForRun } from './app-for-run';
import { filesOfMessage } from './message-files';
import type { RunSettings } from './run-settings';

/** What came, and for whom. */
export interface Arrived {
  readonly message: Message;
  readonly dialog: DialogNames | undefined;
  readonly user: string;
  readonly options: RunOptions & { signal: AbortSignal };
  /** Of an app that remembers. */
  readonly conversation?: OpenConversation;
}

/** As the flow gives it. */
export interface Given {
  readonly app: DifyApp | undefined;
  readonly question: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** With voice messages as text. */
export interface Heard extends Given {
  /** The question without what only stands for a file; empty when the person has said nothing. */
  readonly words: string;
  /** Those that stay files. */
  readonly files: readonly FileSource[];
}

/** A message that is to be answered. What it holds is read when it is wanted, and once. */
export interface Asking extends Arrived {
  /** All that came with it. */
  readonly files: readonly FileSource[];
  read(): Promise<Given>;
  hear(): Promise<Heard>;
}

export interface AskingParts {
  readonly shell: Shell;
  readonly client: DifyClient;
  readonly kind: RunKind;
  readonly settings: Pick<RunSettings, 'hearsVoice'>;
}

export function askingsOf({ shell, client, kind, settings }: AskingParts): (arrived: Arrived) => Asking {
  const readText = shell.typed('query', 'payload');
  const readValues = shell.typed('variables', 'inputs');

  async function read({ message, options }: Arrived): Promise<Given> {
    if (kind === 'chat') {
      const question = readQuery(await readText(message));
      const variables = readVariables(await readValues(message));
      return { question, variables, app: await appForRun(client, kind, options.signal) };
    }
    const variables = readVariables(await readValues(message));
    const app = await appForRun(client, kind, options.signal);
    if (!asksByVariable(app, variables)) return { question: await anyText(message), variables, app };
    const query = readQuery(await readText(message));
    return { question: query, variables: { ...variables, query }, app };
  }

  /** A workflow that wants no question must not fail for what would be one. */
  async function anyText(message: Message): Promise<string> {
    return readText(message).then(plainText, () => '');
  }

  async function hear(arrived: Arrived, given: Given, files: readonly FileSource[]): Promise<Heard> {
    const { app, question, variables } = given;
    const isStandIn = standsForFile(arrived.message.bitrix, question);
    if (!settings.hearsVoice || !app?.speechToText || !files.some(isVoice)) {
      return { ...given, words: isStandIn ? '' : question, files };
    }
    const { user, options } = arrived;
    const { texts, others, refusals } = await client.transcribe(files, app, { user, signal: options.signal });
    for (const refusal of refusals) shell.warn(refusal);
    const asked = withSpoken(question, isStandIn, texts);
    return {
      app,
      question: asked,
      words: isStandIn && texts.length === 0 ? '' : asked,
      variables: withQuestion(variables, repeatedIn[kind], question, asked),
      files: others,
    };
  }

  return (arrived) => {
    const files = filesOfMessage(arrived.message.bitrix, arrived.options.signal);
    const readOnce = once(() => read(arrived));
    const hearOnce = once(async () => hear(arrived, await readOnce(), files));
    return { ...arrived, files, read: readOnce, hear: hearOnce };
  };
}

/** BitBot says the question again in a variable, and a workflow has it nowhere else. */
const repeatedIn = { chat: ['MESSAGE'], workflow: ['MESSAGE', 'query'] } as const;

/** A workflow has no question of its own; one that wants it declares a variable with this name. */
function asksByVariable(app: DifyApp | undefined, variables: Readonly<Record<string, unknown>>): boolean {
  const isDeclared = app?.form.some(({ variable }) => variable === 'query') ?? false;
  return isDeclared && !Object.hasOwn(variables, 'query');
}

/** Of a message without words, `bitrix-in` says which file it was. A flow may have put its own question there. */
function standsForFile(bitrix: unknown, question: string): boolean {
  const typed = textAt(bitrix, 'text') ?? '';
  const hasFiles = at(bitrix, 'files', '0') !== undefined;
  return hasFiles && (typed === '' || typed === '[FILE]') && /^(?:File sent: [^\n]*|\s*)$/.test(question);
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= work());
}
