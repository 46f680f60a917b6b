import { createHash } from 'node:crypto';
import { RefusedError } from '../core/errors';
import { DifyRunError } from './answer';
import { segment, type ApiStream } from './api';
import type { InTurn } from './in-turn';
import { readAgain, startOnce } from './repeat';
import {
  checkQuery,
  checkUser,
  type ChatRequest,
  type DifyResult,
  type FormRequest,
  type RunOptions,
  type WorkflowRequest,
} from './request';
import { performRun, type FinishedRun, type RunContext, type RunPlan, type RunWatcher } from './run';
import { stripThinking } from './thinking';

export function createRuns(context: RunContext, inTurn: InTurn) {
  const { api, clock, random } = context;

  function start(path: string, body: Record<string, unknown>) {
    return (signal: AbortSignal): Promise<ApiStream> =>
      startOnce(() => api.open({ method: 'POST', path, body, signal }), { clock, random, signal });
  }

  function chatPlan(request: ChatRequest, conversationId: string | undefined): RunPlan {
    const { query, inputs, user, files = [], workflowId } = request;
    const body = {
      query,
      inputs,
      user,
      response_mode: 'streaming',
      conversation_id: conversationId ?? '',
      // Making a title would hold the stream open behind the answer.
      auto_generate_name: false,
      files,
      ...(workflowId === undefined ? {} : { workflow_id: workflowId }),
    };
    const plan = { kind: 'chat' as const, user, sent: [query, inputs], open: start('chat-messages', body) };
    if (conversationId === undefined) return plan;
    return { ...plan, suspect: (signal: AbortSignal) => suspectLost(conversationId, user, signal) };
  }

  /** Some releases answer to an unknown conversation with keep-alives only. */
  async function suspectLost(
    conversationId: string,
    user: string,
    signal: AbortSignal,
  ): Promise<Error | undefined> {
    try {
      const query = { conversation_id: conversationId, user, limit: '1' };
      await api.ask({ method: 'GET', path: 'messages', query, signal });
      return undefined;
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== 404) return undefined;
      return new RefusedError('DIFY_CONVERSATION', 'the conversation is not known any more', { status: 404 });
    }
  }

  async function perform(plan: RunPlan, watcher: RunWatcher, options: RunOptions): Promise<FinishedRun> {
    try {
      return await performRun(plan, context, watcher);
    } catch (error) {
      if (error instanceof DifyRunError) error.partialText = cleanText(error.partialText, options);
      throw error;
    }
  }

  async function chat(request: ChatRequest, options: RunOptions = {}): Promise<DifyResult> {
    checkUser(request.user);
    checkQuery(request.query);
    const conversationId = request.conversationId === '' ? undefined : request.conversationId;
    const keys = [request.sessionKey, conversationId];
    const attempt = (id: string | undefined, watcher: RunWatcher): Promise<FinishedRun> =>
      perform(chatPlan(request, id), watcher, options);
    const work = async (watcher: RunWatcher): Promise<DifyResult> => {
      try {
        return finish(await attempt(conversationId, watcher), options, false);
      } catch (error) {
        if (conversationId === undefined || !isLost(error) || watcher.signal.aborted) throw error;
        return finish(await attempt(undefined, watcher), options, true);
      }
    };
    return inTurn({ user: request.user, keys, options }, work);
  }

  async function runWorkflow(request: WorkflowRequest, options: RunOptions = {}): Promise<DifyResult> {
    checkUser(request.user);
    const { inputs, user, files = [], workflowId } = request;
    const path = workflowId === undefined ? 'workflows/run' : `workflows/${segment(workflowId)}/run`;
    const body = {
      inputs,
      user,
      response_mode: 'streaming',
      ...(files.length === 0 ? {} : { files }),
    };
    const plan: RunPlan = { kind: 'workflow', user, sent: inputs, open: start(path, body) };
    const work = async (watcher: RunWatcher): Promise<DifyResult> =>
      finish(await perform(plan, watcher, options), options, false);
    return inTurn({ user, keys: [], options }, work);
  }

  /** Answers a form and reads on in the run that waited for it. */
  async function submitForm(request: FormRequest, options: RunOptions = {}): Promise<DifyResult> {
    checkUser(request.user);
    const { kind, formToken, workflowRunId, action, inputs = {}, user, conversationId } = request;
    const submit = (signal: AbortSignal) =>
      startOnce(
        () =>
          api.ask({
            method: 'POST',
            path: `form/human_input/${segment(formToken)}`,
            body: { inputs, action, user },
            signal,
          }),
        { clock, random, signal },
      );
    const plan: RunPlan = {
      kind,
      user,
      sent: inputs,
      ids: { workflowRunId, ...(conversationId === undefined ? {} : { conversationId }) },
      answeredForm: formToken,
      async open(signal) {
        await submit(signal);
        const path = `workflow/${segment(workflowRunId)}/events`;
        const read = () => api.open({ method: 'GET', path, query: { user }, signal });
        return readAgain(read, { clock, random, signal });
      },
    };
    const work = async (watcher: RunWatcher): Promise<DifyResult> =>
      finish(await perform(plan, watcher, options), options, false);
    return inTurn({ user, keys: [request.sessionKey, conversationId], options }, work);
  }

  /** The rest of a run whose form was answered earlier, also when it is over by now. */
  async function readOn(request: RunToReadOn, options: RunOptions = {}): Promise<DifyResult> {
    checkUser(request.user);
    const { kind, formToken, workflowRunId, user, conversationId, sessionKey } = request;
    const plan: RunPlan = {
      kind,
      user,
      sent: {},
      ids: { workflowRunId, ...(conversationId === undefined ? {} : { conversationId }) },
      answeredForm: formToken,
      // Like a stream that broke at once: what was said before must be fetched as well.
      open: () => Promise.resolve(brokenStream()),
    };
    const work = async (watcher: RunWatcher): Promise<DifyResult> =>
      finish(await perform(plan, watcher, options), options, false);
    return inTurn({ user, keys: [sessionKey, conversationId], options }, work);
  }

  return { chat, runWorkflow, submitForm, readOn };
}

export type RunToReadOn = Omit<FormRequest, 'action' | 'inputs'>;

function brokenStream(): ApiStream {
  async function* nothing(): AsyncGenerator<readonly unknown[]> {}
  return { events: nothing(), close: () => undefined };
}

export function appKeyOf(base: URL, apiKey: string): string {
  return createHash('sha256').update(`${base.href}\n${apiKey}`).digest('base64url');
}

/** The error of a run that is under way has another code, whatever its words are. */
function isLost(error: unknown): boolean {
  return error instanceof RefusedError && error.code === 'DIFY_CONVERSATION';
}

function cleanText(text: string, { stripThinking: strips }: RunOptions): string {
  return strips === false ? text : stripThinking(text);
}

function finish({ answer, resumed }: FinishedRun, options: RunOptions, reset: boolean): DifyResult {
  const clean = (text: string): string => cleanText(text, options);
  const outputs = Object.fromEntries(
    Object.entries(answer.outputs).map(([name, value]) => [
      name,
      typeof value === 'string' ? clean(value) : value,
    ]),
  );
  return { ...answer, text: clean(answer.text), outputs, conversationReset: reset, resumed };
}
