import { textAt, entriesAt } from '../../../lib/core/fields';
import { textOfParts, type Part } from '../../../lib/core/parts';
import { DifyRunError } from '../../../lib/dify/answer';
import { readFormContext, type FormReference } from '../../../lib/dify/human-form';
import { withoutRepeats } from '../../../lib/dify/output-files';
import type { DifyResult } from '../../../lib/dify/request';
import type { WaitingForm } from '../../../lib/dify/waiting-form';
import type { Message, OutgoingMessage } from '../shell';

/** What `msg.dify` tells of the run behind an answer, as far as there was one. */
export type RunFacts = Pick<
  DifyResult,
  'conversationId' | 'messageId' | 'taskId' | 'workflowRunId' | 'usage' | 'citations' | 'files' | 'outputs'
> &
  Pick<DifyResult, 'status' | 'conversationReset'>;

/** An answer: what the person gets, and where it comes from. */
export interface Said {
  readonly parts: readonly Part[];
  readonly run: RunFacts;
}

/** What the node says without a run of its own. */
export function saidWithoutRun(parts: readonly Part[], about: Partial<RunFacts> = {}): Said {
  const nothing = { citations: [], files: [], outputs: {}, conversationReset: false };
  return { parts, run: { ...nothing, status: 'succeeded', ...about } };
}

/** What a form asks for while its run waits. */
export function saidOfForm({ form, parts }: { form: WaitingForm; parts: readonly Part[] }): Said {
  const { workflowRunId, conversationId } = form;
  const ids = { workflowRunId, ...(conversationId !== undefined && { conversationId }) };
  return saidWithoutRun(parts, { ...ids, status: 'paused' });
}

/** Writes the answer into the message that asked. */
export function putAnswer(
  message: Message,
  { parts, run }: Said,
  { origin, emptyText }: { origin: string; emptyText: string },
): void {
  const isSilent = parts.length === 0 && emptyText !== '';
  const said: readonly Part[] = isSilent ? [{ type: 'text', text: emptyText, format: 'markdown' }] : parts;
  const { conversationId, messageId, taskId, workflowRunId, usage, citations, files, outputs } = run;
  const dify = {
    ...(conversationId !== undefined && { conversationId }),
    ...(messageId !== undefined && { messageId }),
    ...(taskId !== undefined && { taskId }),
    ...(workflowRunId !== undefined && { workflowRunId }),
    ...(usage !== undefined && { usage }),
    citations,
    files: withoutRepeats(files, origin),
    outputs,
    paused: run.status === 'paused',
    conversationReset: run.conversationReset,
  };
  // Node-RED means something else by `parts`, and so do its types.
  Object.assign(message, { payload: textOfParts(said), parts: said, format: 'markdown', dify });
}

/** For whoever catches the failure: which run it was, and what it had said by then. */
export function putFailure(message: Message, error: unknown): void {
  if (!(error instanceof DifyRunError)) return;
  message.dify = { ...error.ids, partialText: error.partialText };
}

/** The answer so far, for the second output. */
export function progressMessage({ _msgid, topic, bitrix }: Message, payload: string): OutgoingMessage {
  return {
    _msgid,
    payload,
    ...(topic !== undefined && { topic }),
    ...(bitrix !== undefined && { bitrix }),
  };
}

export interface FormAnswer extends FormReference {
  action: string;
}

/** A choice among the buttons of a form on which a run waits. */
export function readFormAnswer(choice: unknown): FormAnswer | undefined {
  const reference = readFormContext(textAt(choice, 'context') ?? '');
  const [item] = entriesAt(choice, 'items');
  const action = textAt(item, 'value') ?? textAt(item, 'id');
  return reference && action !== undefined ? { ...reference, action } : undefined;
}
