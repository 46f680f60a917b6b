import { textAt } from '../core/fields';
import { RefusedError } from '../core/errors';
import type { HiddenTexts } from '../core/hidden-texts';
import type { Citation, DifyEvent, RunIds, Usage } from './events';
import type { HumanForm } from './human-form';
import { unusableAnswer } from './outage';
import type { DifyFile } from './output-files';
import { renderOutputs } from './outputs';
import { factsOf, refusalOf } from './refusal';

export type RunKind = 'chat' | 'workflow';

/** What a run has said when it is over. */
export interface RunAnswer extends RunIds {
  text: string;
  status: 'succeeded' | 'partial' | 'paused';
  outputs: Record<string, unknown>;
  files: DifyFile[];
  citations: Citation[];
  usage?: Usage;
  forms: HumanForm[];
}

/** The run was there and went wrong; what it had said by then is kept for whoever wants it. */
export class DifyRunError extends RefusedError {
  partialText = '';
  ids: RunIds = {};
  /** It had said or done something by then. */
  hasBegun = false;
}

/** More than any person reads, and than any chat takes. */
const longestText = 4 * 1024 * 1024;

/** Puts an answer together out of events, in whatever order a release sends its last two. */
export interface AnswerBuilder {
  take(event: DifyEvent): void;
  readonly ids: Readonly<RunIds>;
  /** Nothing of interest can follow. */
  isOver(): boolean;
  /** One of the two last events was there; the other follows soon, or never. */
  isEnding(): boolean;
  /** What a stream that ends now leaves is an answer. */
  hasEnded(): boolean;
  /** So far; of a workflow the preview that its nodes stream. */
  readonly text: () => string;
  /** What comes now is a second look at the same run, which may begin anywhere. */
  beginResume(): void;
  /** Whether parts of the text may be missing, because the stream broke before all of it had come. */
  mayHaveGaps(): boolean;
  correctText(whole: string): void;
  /** The run's error, as an error. */
  result(): RunAnswer;
}

export function createAnswerBuilder(kind: RunKind, hidden: HiddenTexts): AnswerBuilder {
  const ids: RunIds = {};
  const files: DifyFile[] = [];
  const forms: HumanForm[] = [];
  let head = '';
  let live = '';
  let isWhole = true;
  let hasAgentText = false;
  let ofWorkflow = kind === 'workflow';
  let end: Extract<DifyEvent, { kind: 'message-end' }> | undefined;
  let finish: Extract<DifyEvent, { kind: 'finished' }> | undefined;
  let failure: unknown;
  let isPaused = false;

  function take(event: DifyEvent): void {
    Object.assign(ids, event.ids);
    ofWorkflow ||= event.ofWorkflow;
    switch (event.kind) {
      case 'text':
        return takeText(event.text, event.byAgent);
      case 'replace':
        return replaceText(event.text);
      case 'preview':
        if (kind === 'chat') return;
        return event.replaces ? replaceText(event.text) : append(event.text);
      case 'file':
        return void files.push(event.file);
      case 'message-end':
        end = event;
        return;
      case 'finished':
        finish = event;
        return;
      case 'form':
        return void forms.push(event.form);
      case 'paused':
        isPaused = true;
        if (forms.length === 0) forms.push(...event.forms);
        return;
      case 'error':
        failure = event.envelope;
        return;
      case 'ping':
      case 'other':
        return;
    }
  }

  function takeText(text: string, byAgent: boolean): void {
    // The new agent ends with one message that is the whole answer once more.
    if (hasAgentText && !byAgent) return text === '' ? undefined : replaceText(text);
    hasAgentText ||= byAgent;
    append(text);
  }

  function append(text: string): void {
    if (live.length + text.length > longestText) throw unusableAnswer('answer', 'TOO_LARGE');
    live += text;
  }

  function replaceText(text: string): void {
    head = '';
    live = '';
    isWhole = true;
    append(text);
  }

  const isEnding = (): boolean => Boolean(end) || Boolean(finish);
  const hasEnded = (): boolean => isEnding() || failure !== undefined || isPaused || forms.length > 0;

  function isOver(): boolean {
    if (failure !== undefined || isPaused) return true;
    if (kind === 'workflow') return finish !== undefined;
    return end !== undefined && (!ofWorkflow || finish !== undefined);
  }

  function text(): string {
    if (head === '') return live;
    // A second look may repeat the answer from its beginning.
    if (live.startsWith(head)) return live;
    return isOver() || !head.startsWith(live) ? head + live : head;
  }

  function beginResume(): void {
    head = text();
    live = '';
    isWhole = false;
  }

  function correctText(whole: string): void {
    replaceText(whole);
  }

  function result(): RunAnswer {
    throwFailure();
    const said = ofChatOutputs(finish?.outputs ?? {}, isWhole ? text() : '');
    const usage = end?.usage ?? finish?.usage;
    return {
      ...ids,
      text: said === '' ? text() : said,
      status: statusOf(finish?.status, isPaused || (forms.length > 0 && !finish)),
      outputs: finish?.outputs ?? {},
      files: [...files, ...(end?.files ?? []), ...(finish?.files ?? [])],
      citations: end?.citations ?? [],
      ...(usage && Object.keys(usage).length > 0 ? { usage } : {}),
      forms,
    };
  }

  function throwFailure(): void {
    if (failure !== undefined) throw keepPartial(refusalOf('run', factsOf(failure, 500), hidden));
    const status = finish?.status ?? 'succeeded';
    if (status !== 'failed' && status !== 'stopped') return;
    const refusal = refusalOf(
      'run',
      { status: 200, words: finish?.error ?? '', serviceCode: status },
      hidden,
    );
    throw keepPartial(refusal);
  }

  function keepPartial(refusal: RefusedError): DifyRunError {
    const { code, status = 0, serviceCode, params, message } = refusal;
    const isUnderWay = text() !== '' || ids.workflowRunId !== undefined;
    // What a run under way calls unknown is something else: it has its own conversation.
    const isOfRun = code === 'DIFY_REFUSED' || (code === 'DIFY_CONVERSATION' && isUnderWay);
    const told = isOfRun ? 'DIFY_FAILED' : code;
    const error = new DifyRunError(told, message, {
      status,
      params,
      ...(serviceCode === undefined ? {} : { serviceCode }),
    });
    error.partialText = text();
    error.ids = { ...ids };
    error.hasBegun = isUnderWay || ids.messageId !== undefined;
    return error;
  }

  return {
    take,
    ids,
    isOver,
    isEnding,
    hasEnded,
    text,
    beginResume,
    mayHaveGaps: () => !isWhole && textAt(finish?.outputs, 'answer') === undefined,
    correctText,
    result,
  };

  /** A flow whose answer node said nothing may still have outputs; those of a workflow are another matter. */
  function ofChatOutputs(outputs: Record<string, unknown>, shown: string): string {
    if (kind === 'workflow' || shown !== '') return shown;
    const { answer } = outputs;
    if (typeof answer === 'string' && answer !== '') return answer;
    return text() === '' ? renderOutputs({ ...outputs, answer: '' }) : '';
  }
}

function statusOf(status: string | undefined, isPaused: boolean): RunAnswer['status'] {
  if (isPaused) return 'paused';
  return status === 'partial-succeeded' ? 'partial' : 'succeeded';
}
