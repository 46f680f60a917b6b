import { startTimer } from '../core/clock';
import { RefusedError } from '../core/errors';
import { at, textAt } from '../core/fields';
import { parseJson } from '../core/json';
import { segment, type ApiStream } from './api';
import { readEvent, type DifyEvent } from './events';
import { repeatability } from './refusal';
import type { RunInHand } from './run';
import type { Silence } from './vigil';

/** The last events of a run that is over or waits for a person; `untold` where this release cannot tell. */
export type RunLook = readonly DifyEvent[] | 'goes-on' | 'untold';

/** So long a second stream is listened to: what it has to say of a run's end, it says at once. */
const listenMs = 5000;

/**
 * What is done while nothing but keep-alives comes: the end of a run can get lost on its way, and the stream of a
 * conversation that is gone never says anything.
 */
export function createSilenceWatch(run: RunInHand): (silence: Silence) => Promise<void> {
  const { plan, builder, guard, listening } = run;
  let suspect = plan.suspect;
  let canBeTold = true;

  async function ask(question: NonNullable<typeof suspect>, silence: Silence): Promise<void> {
    suspect = undefined;
    const found = await question(silence.signal);
    if (found && !silence.isBroken()) guard.end(found);
  }

  return async (silence) => {
    if (silence.isTotal && suspect) return ask(suspect, silence);
    const runId = builder.ids.workflowRunId;
    if (!canBeTold || runId === undefined || !listening.isOpen()) return;
    const found = await lookAtRun(run, runId, silence.signal);
    canBeTold = found !== 'untold';
    if (typeof found === 'string' || silence.isBroken() || !listening.isOpen()) return;
    // A text that was lost with the end is then looked for as well.
    builder.beginResume();
    for (const event of found) builder.take(event);
    listening.hangUp();
  };
}

/** A look that fails is no fault of the run: another may follow. */
async function lookAtRun(run: RunInHand, runId: string, signal: AbortSignal): Promise<RunLook> {
  try {
    const found = await lookByKind(run, runId, signal);
    return isAnswered(found, run.plan.answeredForm) ? 'goes-on' : found;
  } catch (error) {
    const isFinal = error instanceof RefusedError && repeatability(error) === 'never';
    return isFinal ? 'untold' : 'goes-on';
  }
}

async function lookByKind(run: RunInHand, runId: string, signal: AbortSignal): Promise<RunLook> {
  if (run.plan.kind === 'chat') return lookAtEvents(run, runId, signal);
  const found = await lookAtResult(run, runId, signal);
  if (typeof found === 'string' || found.at(-1)?.kind !== 'paused') return found;
  // A result does not say which form is waited for.
  const told = await lookAtEvents(run, runId, signal).catch(() => 'untold' as const);
  return typeof told === 'string' ? found : told;
}

/** The pause is still the one whose form was answered: the run has not taken the answer up yet. */
function isAnswered(found: RunLook, answeredForm: string | undefined): boolean {
  if (typeof found === 'string' || answeredForm === undefined) return false;
  if (found.at(-1)?.kind !== 'paused') return false;
  const forms = found.flatMap((event) =>
    event.kind === 'form' ? [event.form] : event.kind === 'paused' ? event.forms : [],
  );
  return forms.every(({ formToken }) => formToken === answeredForm);
}

const lastStatuses: readonly string[] = ['succeeded', 'failed', 'stopped', 'partial-succeeded', 'paused'];

/** Only for workflows: for a chatflow this endpoint has no answer. */
export async function lookAtResult(
  { context: { api } }: RunInHand,
  runId: string,
  signal: AbortSignal,
): Promise<RunLook> {
  const { json } = await api.ask({ method: 'GET', path: `workflows/run/${segment(runId)}`, signal });
  const status = textAt(json, 'status');
  if (status === undefined) return 'untold';
  if (!lastStatuses.includes(status)) return 'goes-on';
  const event = readEvent(lastEvent(json, status, runId));
  return event ? [event] : 'untold';
}

function lastEvent(json: unknown, status: string, runId: string): unknown {
  const outputs = at(json, 'outputs');
  return {
    event: status === 'paused' ? 'workflow_paused' : 'workflow_finished',
    workflow_run_id: runId,
    data: {
      ...(typeof json === 'object' ? json : {}),
      outputs: typeof outputs === 'string' ? parseJson(outputs) : outputs,
    },
  };
}

/** By a second stream beside the first: a run that is over or paused says so there, however late one comes. */
async function lookAtEvents(run: RunInHand, runId: string, signal: AbortSignal): Promise<RunLook> {
  const stream = await openEvents(run, runId, signal);
  if ('json' in stream) return 'untold';
  let isTimeOver = false;
  const liftLimit = startTimer(run.context.clock, listenMs, () => {
    isTimeOver = true;
    stream.close();
  });
  try {
    return await readLast(stream.events);
  } catch (error) {
    if (isTimeOver) return 'goes-on';
    throw error;
  } finally {
    liftLimit();
    stream.close();
  }
}

async function readLast(pieces: AsyncIterable<readonly unknown[]>): Promise<RunLook> {
  const forms: DifyEvent[] = [];
  for await (const records of pieces) {
    for (const record of records) {
      const event = readEvent(record);
      if (event?.kind === 'form') forms.push(event);
      if (event?.kind === 'finished') return [event];
      if (event?.kind === 'paused') return [...forms, event];
    }
  }
  return 'goes-on';
}

export function openEvents(
  { context, plan }: RunInHand,
  runId: string,
  signal: AbortSignal,
): Promise<ApiStream> {
  return context.api.open({
    method: 'GET',
    path: `workflow/${segment(runId)}/events`,
    query: { user: plan.user, include_state_snapshot: 'true' },
    signal,
  });
}
