import { at, entriesAt, textAt } from '../core/fields';
import { readForm, formsOfPause, type HumanForm } from './human-form';
import { readFile, readFiles, type DifyFile } from './output-files';

/** What an event says of the run it belongs to. All of them may be missing. */
export interface RunIds {
  conversationId?: string;
  messageId?: string;
  taskId?: string;
  workflowRunId?: string;
}

export interface Citation {
  position: number;
  documentName: string;
  datasetName: string;
  content: string;
  score: number | null;
}

export type Usage = Record<string, unknown>;

export type DifyEvent = { ids: RunIds; ofWorkflow: boolean } & (
  | { kind: 'text'; text: string; byAgent: boolean }
  | { kind: 'replace'; text: string }
  | { kind: 'preview'; text: string; replaces: boolean }
  | { kind: 'file'; file: DifyFile }
  | { kind: 'message-end'; usage?: Usage; citations: Citation[]; files: DifyFile[] }
  | {
      kind: 'finished';
      status: string;
      error: string;
      outputs: Record<string, unknown>;
      usage: Usage;
      files: DifyFile[];
    }
  | { kind: 'form'; form: HumanForm }
  | { kind: 'paused'; forms: HumanForm[] }
  | { kind: 'error'; envelope: unknown }
  | { kind: 'ping' }
  /** Nodes, branches, thoughts, speech, and whatever later releases send: a sign of life. */
  | { kind: 'other'; name: string }
);

export function readEvent(record: unknown): DifyEvent | undefined {
  const name = textAt(record, 'event');
  if (name === undefined) return undefined;
  const ids = readIds(record);
  const ofWorkflow =
    ids.workflowRunId !== undefined || /^(?:workflow_|node_|iteration_|loop_|human_input_)/.test(name);
  return { ids, ofWorkflow, ...contentOf(name, record) };
}

/** A run's answer that came as one JSON text instead of a stream, as the events it stands for. */
export function readWholeAnswer(record: unknown): DifyEvent[] {
  const ids = readIds(record);
  const body = at(record, 'data');
  const status = textAt(body, 'status') ?? textAt(record, 'status');
  const text = at(record, 'answer');
  const ofWorkflow = ids.workflowRunId !== undefined;
  const events: DifyEvent[] = [];
  if (typeof text === 'string') events.push({ ids, ofWorkflow: false, kind: 'text', text, byAgent: false });
  if (status === 'paused') {
    const forms = formsOfPause(at(body, 'reasons') === undefined ? record : body);
    return [...events, { ids, ofWorkflow, kind: 'paused', forms }];
  }
  if (typeof text === 'string') {
    return [...events, { ids, ofWorkflow: false, ...messageEnd(record) }];
  }
  if (status === undefined) return [];
  return [{ ids, ofWorkflow: true, ...finished(body) }];
}

function readIds(record: unknown): RunIds {
  const ids: RunIds = {};
  note(ids, 'conversationId', textAt(record, 'conversation_id'));
  note(ids, 'messageId', textAt(record, 'message_id'));
  note(ids, 'taskId', textAt(record, 'task_id'));
  note(ids, 'workflowRunId', textAt(record, 'workflow_run_id') ?? textAt(record, 'data', 'workflow_run_id'));
  return ids;
}

function note(ids: RunIds, name: keyof RunIds, id: string | undefined): void {
  if (id !== undefined) ids[name] = id;
}

type Content = DifyEvent extends infer E
  ? E extends DifyEvent
    ? Omit<E, 'ids' | 'ofWorkflow'>
    : never
  : never;

function contentOf(name: string, record: unknown): Content {
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  return read ? read(record) : { kind: 'other', name };
}

const readers: Readonly<Record<string, (record: unknown) => Content>> = {
  message: (record) => ({ kind: 'text', text: rawText(record, 'answer'), byAgent: false }),
  agent_message: (record) => ({ kind: 'text', text: rawText(record, 'answer'), byAgent: true }),
  message_replace: (record) => ({ kind: 'replace', text: rawText(record, 'answer') }),
  message_file: (record) => {
    const file = textAt(record, 'belongs_to') === 'user' ? undefined : readFile(record);
    return file ? { kind: 'file', file } : { kind: 'other', name: 'message_file' };
  },
  message_end: messageEnd,
  text_chunk: (record) => ({ kind: 'preview', text: rawText(at(record, 'data'), 'text'), replaces: false }),
  text_replace: (record) => ({ kind: 'preview', text: rawText(at(record, 'data'), 'text'), replaces: true }),
  workflow_finished: (record) =>
    textAt(record, 'data', 'status') === 'paused' ? pausedAt(record) : finished(at(record, 'data')),
  workflow_paused: pausedAt,
  human_input_required: (record) => ({ kind: 'form', form: readForm(at(record, 'data')) }),
  error: (record) => ({ kind: 'error', envelope: record }),
  ping: () => ({ kind: 'ping' }),
};

function pausedAt(record: unknown): Extract<Content, { kind: 'paused' }> {
  return { kind: 'paused', forms: formsOfPause(at(record, 'data')) };
}

function messageEnd(record: unknown): Extract<Content, { kind: 'message-end' }> {
  const usage = recordAt(record, 'metadata', 'usage');
  return {
    kind: 'message-end',
    ...(Object.keys(usage).length === 0 ? {} : { usage }),
    citations: entriesAt(record, 'metadata', 'retriever_resources').map(readCitation),
    files: readFiles(at(record, 'files')),
  };
}

function finished(body: unknown): Extract<Content, { kind: 'finished' }> {
  const usage = Object.fromEntries(
    ['total_tokens', 'total_steps', 'elapsed_time']
      .map((name): [string, unknown] => [name, at(body, name)])
      .filter(([, value]) => typeof value === 'number'),
  );
  return {
    kind: 'finished',
    status: textAt(body, 'status') ?? 'succeeded',
    error: textAt(body, 'error') ?? '',
    outputs: recordAt(body, 'outputs'),
    usage,
    files: readFiles(at(body, 'files')),
  };
}

function readCitation(entry: unknown, place: number): Citation {
  const score = at(entry, 'score');
  return {
    position: Number(textAt(entry, 'position') ?? place + 1),
    documentName: textAt(entry, 'document_name') ?? '',
    datasetName: textAt(entry, 'dataset_name') ?? '',
    content: textAt(entry, 'content') ?? '',
    score: typeof score === 'number' ? score : null,
  };
}

/** Blanks and empty pieces are part of an answer. */
function rawText(record: unknown, name: string): string {
  const text = at(record, name);
  return typeof text === 'string' ? text : '';
}

export function recordAt(source: unknown, ...path: readonly string[]): Record<string, unknown> {
  const value = at(source, ...path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}
