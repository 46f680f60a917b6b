import { isMap } from '../shared/params';
import type { Turn } from './answer';
import { hasWorkflow } from './app';
import type { StreamEvent } from './scenario';
import type { Message } from './state';

export type RunStatus = 'running' | 'paused' | 'succeeded' | 'partial-succeeded' | 'failed' | 'stopped';

/** What a run, its message and its conversation look like from outside. */
export interface Books {
  status: RunStatus;
  outputs: unknown;
  error: string | undefined;
  finishedAt: number | undefined;
  note: (sent: StreamEvent) => void;
}

export function createBooks(turn: Turn, message: Message | undefined, now: () => number): Books {
  const books: Books = {
    status: 'running',
    outputs: undefined,
    error: undefined,
    finishedAt: undefined,
    note(sent) {
      if (message) noteText(message, sent, turn);
      if (sent.event === 'message_end' && !hasWorkflow(turn.app.mode)) end('succeeded');
      if (sent.event === 'error') fail(sent['message']);
      if (sent.event === 'workflow_finished' && isMap(sent['data'])) finish(sent['data']);
    },
  };

  function finish(body: Readonly<Record<string, unknown>>): void {
    const { status, outputs, error } = body;
    books.outputs = outputs;
    if (status === 'failed') fail(error);
    else end(status === 'stopped' || status === 'partial-succeeded' ? status : 'succeeded');
  }

  function fail(reason: unknown): void {
    books.error = typeof reason === 'string' ? reason : 'the run failed';
    if (message) Object.assign(message, { status: 'error', error: books.error });
    end('failed');
  }

  function end(how: RunStatus): void {
    books.status = how;
    books.finishedAt ??= now();
    if (message?.conversation) message.conversation.updatedAt = books.finishedAt;
  }

  return books;
}

function noteText(message: Message, sent: StreamEvent, { app }: Turn): void {
  const answer = sent['answer'];
  if (typeof answer !== 'string' || !textEvents.includes(sent.event)) return;
  const isWhole = sent.event === 'message_replace' || (app.mode === 'agent' && sent.event === 'message');
  message.answer = isWhole ? answer : message.answer + answer;
}

const textEvents = ['message', 'agent_message', 'message_replace'];
