import { isMap } from '../shared/params';
import { usageOf } from './events';
import type { Reply } from './endpoint';
import { ok } from './endpoint';
import { pauseReasons } from './forms';
import { DifyRefusal } from './refusal';
import type { Run } from './run';
import { seconds, type DifyState } from './state';

/** The one JSON body that a blocking call gets, at the run's end or at its pause. */
export function blockingReply(run: Run, state: DifyState): Reply {
  if (run.turn.app.mode === 'workflow') return ok(workflowBody(run, state));
  const failure = run.events.find(({ event }) => event === 'error');
  if (failure) {
    const { status, code, message } = failure;
    throw new DifyRefusal(Number(status), String(code), String(message));
  }
  return ok({ ...messageBody(run), ...pausedBody(run, state) });
}

function messageBody({ turn, message, taskId, events }: Run): Record<string, unknown> {
  const end = events.find(({ event }) => event === 'message_end');
  return {
    event: 'message',
    task_id: taskId,
    id: message?.id,
    message_id: message?.id,
    conversation_id: message?.conversation?.id,
    mode: turn.app.mode,
    answer: message?.answer ?? '',
    metadata: end?.['metadata'] ?? { usage: usageOf(0), retriever_resources: [] },
    created_at: message ? seconds(message.createdAt) : undefined,
  };
}

function pausedBody(run: Run, state: DifyState): Record<string, unknown> {
  const reasons = reasonsOf(run, state);
  if (!reasons) return {};
  const event = run.turn.app.mode === 'workflow' ? {} : { event: 'workflow_paused', workflow_run_id: run.id };
  return { ...event, status: 'paused', paused_nodes: ['human'], reasons };
}

function reasonsOf(run: Run, state: DifyState): unknown {
  if (run.status !== 'paused') return undefined;
  const waiting = [...state.forms.values()].find(
    (form) => form.runId === run.id && form.status === 'waiting',
  );
  return waiting && pauseReasons(waiting);
}

function workflowBody(run: Run, state: DifyState): Record<string, unknown> {
  const finished = run.events.find(({ event }) => event === 'workflow_finished');
  const said = finished?.['data'];
  const usual = {
    outputs: {},
    error: null,
    elapsed_time: 0.3,
    total_tokens: 12,
    total_steps: 2,
    finished_at: null,
  };
  const face = { id: run.id, workflow_id: run.turn.app.workflowId, created_at: seconds(run.startedAt) };
  return {
    task_id: run.taskId,
    workflow_run_id: run.id,
    data: { ...usual, ...face, ...(isMap(said) ? said : {}), ...pausedBody(run, state) },
  };
}
