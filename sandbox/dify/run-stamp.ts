import { isMap } from '../shared/params';
import type { Turn } from './answer';
import { hasWorkflow } from './app';
import type { StreamEvent } from './scenario';
import { seconds, type Message } from './state';

export interface RunIds {
  id: string;
  taskId: string;
  turn: Turn;
  message: Message | undefined;
  startedAt: number;
}

const withMessageId = ['message', 'agent_message', 'message_end', 'tts_message', 'tts_message_end'];
const ofTheRun = /^(?:workflow_|node_|iteration_|loop_|parallel_|human_input_|text_|reasoning_)/;

/** Gives an event what all events of a run carry. What it says itself stays. */
export function stamp(plain: StreamEvent, ids: RunIds, nowMs: number): StreamEvent {
  const isError = plain.event === 'error';
  const stamped: StreamEvent = {
    ...(isError ? {} : { task_id: ids.taskId }),
    ...messageIds(ids.message),
    ...(ids.message && withMessageId.includes(plain.event) ? { id: ids.message.id } : {}),
    ...plain,
  };
  if (!hasWorkflow(ids.turn.app.mode) || !ofTheRun.test(plain.event)) return stamped;
  return { workflow_run_id: ids.id, ...stamped, ...runBody(plain, ids, seconds(nowMs)) };
}

function messageIds(message: Message | undefined): Record<string, unknown> {
  if (!message) return {};
  const { id, conversation, createdAt } = message;
  return {
    message_id: id,
    ...(conversation ? { conversation_id: conversation.id } : {}),
    created_at: seconds(createdAt),
  };
}

function runBody(plain: StreamEvent, ids: RunIds, now: number): { data?: unknown } {
  const body = plain['data'];
  if (!isMap(body)) return {};
  const face = { id: ids.id, workflow_id: ids.turn.app.workflowId, created_at: seconds(ids.startedAt) };
  const added: Readonly<Record<string, Record<string, unknown>>> = {
    workflow_started: face,
    workflow_finished: { ...face, finished_at: now },
    workflow_paused: { workflow_run_id: ids.id, created_at: now },
    node_started: { created_at: now },
    node_finished: { created_at: now, finished_at: now },
  };
  return { data: { ...added[plain.event], ...body } };
}
