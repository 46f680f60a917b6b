import { randomUUID } from 'node:crypto';
import type { Turn } from './answer';
import { composeRun, type Publish } from './compose';
import { isEnd, isText } from './events';
import { createConversation } from './conversations';
import type { Gate } from '../shared/gates';
import { answerFor, type Plan } from './plans';
import { startRun, type Run, type RunPlace } from './run';
import type { RunRequest } from './run-request';
import type { HoldPoint, Step } from './scenario';
import type { Conversation, DifyState, Message } from './state';

export type Holds = ReadonlyMap<HoldPoint, Gate>;

export interface Runs {
  readonly all: readonly Run[];
  begin: (request: RunRequest, plan: Plan, holds: Holds) => Run;
  active: (request: Pick<RunRequest, 'app'>) => number;
}

export function createRuns(
  state: DifyState,
  place: RunPlace,
  publish: Publish,
  noted: (run: Run) => void,
): Runs {
  const all: Run[] = [];

  function begin(request: RunRequest, plan: Plan, holds: Holds): Run {
    const turn = turnOf(request);
    const answer = answerFor(plan, turn, publish);
    const usual = composeRun(turn, answer, publish);
    const shaped = (plan.steps?.(usual, turn) ?? usual).map((step) => withForm(step, plan));
    const message = turn.app.mode === 'workflow' ? undefined : keepMessage(turn);
    const run = startRun(turn, withHolds(shaped, holds), message, place);
    all.push(run);
    noted(run);
    return run;
  }

  function turnOf({ conversation: wanted, ...request }: RunRequest): Turn {
    const { app, user, query, inputs, files, autoGenerateName } = request;
    const plain = { app, user, query, inputs, files, autoGenerateName };
    if (wanted === undefined) return { ...plain, isFirst: true };
    const conversation = typeof wanted === 'object' ? wanted : createConversation(state, app, user, inputs);
    if (isBusy(conversation)) conversation.overlapped = true;
    return { ...plain, conversation, isFirst: conversation.messageCount === 0 };
  }

  function isBusy(conversation: Conversation): boolean {
    return all.some((run) => run.turn.conversation === conversation && run.status === 'running');
  }

  function keepMessage({ app, user, query, inputs, files, conversation }: Turn): Message {
    const message: Message = {
      id: randomUUID(),
      conversation,
      app,
      user,
      query,
      inputs,
      files,
      answer: '',
      status: 'normal',
      error: undefined,
      createdAt: state.now(),
      feedback: undefined,
    };
    state.messages.set(message.id, message);
    if (conversation) {
      conversation.messageCount += 1;
      conversation.updatedAt = message.createdAt;
    }
    return message;
  }

  const active: Runs['active'] = ({ app }) =>
    all.filter((run) => run.turn.app === app && run.status === 'running').length;

  return { all, begin, active };
}

function withForm(step: Step, { form }: Plan): Step {
  return step.kind === 'pause' && form ? { ...step, form: { ...step.form, ...form } } : step;
}

function withHolds(steps: readonly Step[], holds: Holds): Step[] {
  const ends = steps.flatMap((step, index) => (isEnd(step) ? [index] : []));
  const text = steps.findIndex(isText);
  const places: Readonly<Record<HoldPoint, number | undefined>> = {
    'before-headers': undefined,
    'before-first-byte': 0,
    'mid-stream': text >= 0 ? text + 1 : 1,
    'before-end': ends[0] ?? steps.length,
    'between-ends': ends[1] ?? steps.length,
  };
  const gatesAt = (index: number): Step[] =>
    [...holds].flatMap(([point, gate]) => (places[point] === index ? [{ kind: 'gate' as const, gate }] : []));
  return [...steps.flatMap((step, index) => [...gatesAt(index), step]), ...gatesAt(steps.length)];
}
