import type { Clock } from '../core/clock';
import { CancelledError, UnreachableError } from '../core/errors';
import { createAnswerBuilder, type AnswerBuilder, type RunAnswer, type RunKind } from './answer';
import { segment, type ApiStream, type DifyApi } from './api';
import type { DifyEvent, RunIds } from './events';
import { createListening, type Listening } from './listening';
import { createSilenceWatch } from './look';
import { isBreak, timeoutOf, type DifyTimers } from './outage';
import { fetchWholeText, resumeRun } from './recover';
import { createRunGuard, type RunGuard } from '../core/run-guard';
import { keepVigil } from './vigil';

export interface RunContext {
  readonly api: DifyApi;
  readonly clock: Clock;
  readonly timers: DifyTimers;
  readonly random?: (() => number) | undefined;
}

export interface RunPlan {
  readonly kind: RunKind;
  readonly user: string;
  /** What must not come back in an error. */
  readonly sent: unknown;
  /** Known when the run is an old one that goes on. */
  readonly ids?: RunIds;
  /** The form that was answered so that an old run goes on. */
  readonly answeredForm?: string;
  /** Opens the stream; repeats what may be repeated, and nothing else. */
  readonly open: (signal: AbortSignal) => Promise<ApiStream>;
  /** Asked once when nothing but keep-alives has come for a while: an error ends the run. */
  readonly suspect?: ((signal: AbortSignal) => Promise<Error | undefined>) | undefined;
}

export interface RunWatcher {
  readonly signal: AbortSignal;
  onIds(ids: Readonly<RunIds>): void;
  onText(text: () => string): void;
}

export interface FinishedRun {
  readonly answer: RunAnswer;
  /** The stream broke, or its end was lost on the way, and the rest was fetched. */
  readonly resumed: boolean;
}

/** A run in the hands of this client. */
export interface RunInHand {
  readonly plan: RunPlan;
  readonly context: RunContext;
  readonly builder: AnswerBuilder;
  readonly guard: RunGuard;
  readonly listening: Listening;
}

const stopLimitMs = 3000;

/** One run from its start to its answer. Never starts a second one; an abandoned one is stopped. */
export async function performRun(
  plan: RunPlan,
  context: RunContext,
  watcher: RunWatcher,
): Promise<FinishedRun> {
  const { api, clock, timers } = context;
  const guard = createRunGuard(clock, watcher.signal);
  const builder = createAnswerBuilder(plan.kind, api.hiding(plan.sent));
  const onEvent = (event: DifyEvent): void => {
    if (event.kind !== 'ping') vigil.note();
    watcher.onIds(builder.ids);
    watcher.onText(builder.text);
  };
  Object.assign(builder.ids, plan.ids);
  const listening = createListening(builder, { clock, guard, onEvent, hiding: api.hiding(plan.sent) });
  const run: RunInHand = { plan, context, builder, guard, listening };
  const onSilence = createSilenceWatch(run);
  const vigil = keepVigil({ clock, progressMs: timers.progressMs, guard, onSilence });
  try {
    if (guard.signal.aborted) throw guard.explain(undefined);
    const resumed = await readToEnd();
    return { answer: builder.result(), resumed };
  } catch (error) {
    const reason = guard.explain(error);
    if (isAbandoned(reason, guard) && !goesOnAlone(reason, plan) && !builder.hasEnded()) await stopRun(run);
    throw reason;
  } finally {
    vigil.close();
    guard.close();
  }

  async function readToEnd(): Promise<boolean> {
    const stream = await plan.open(guard.signal);
    let breakage: unknown;
    try {
      await listening.to(stream);
    } catch (error) {
      if (guard.signal.aborted || !isBreak(error)) throw error;
      breakage = error;
    }
    if (builder.hasEnded() && !listening.wasHungUp()) return false;
    if (!builder.hasEnded()) await resumeRun(run, breakage);
    if (builder.mayHaveGaps()) await fetchWholeText(run);
    return true;
  }
}

/** Aborting the request alone would leave the run going on, and writing into the conversation. */
function isAbandoned(reason: Error, guard: RunGuard): boolean {
  if (guard.signal.aborted) return true;
  if (!(reason instanceof UnreachableError)) return false;
  return reason.code === 'DIFY_TIMEOUT' || reason.params['reason'] === 'TOO_LARGE';
}

/** A form is answered once: whoever is asked again after a restart reads on in this run, and can begin no other. */
function goesOnAlone(reason: Error, { answeredForm }: RunPlan): boolean {
  return answeredForm !== undefined && reason instanceof CancelledError;
}

/** As well as it can be done: nobody waits long for it, and its failure changes nothing. */
async function stopRun({ plan, context, builder }: RunInHand): Promise<void> {
  const { taskId } = builder.ids;
  if (taskId === undefined) return;
  await stopTask(context, plan.kind, taskId, plan.user).catch(() => undefined);
}

export async function stopTask(
  { api, clock }: RunContext,
  kind: RunKind,
  taskId: string,
  user: string,
): Promise<void> {
  const folder = kind === 'chat' ? 'chat-messages' : 'workflows/tasks';
  const guard = createRunGuard(clock);
  guard.limit(stopLimitMs, () => timeoutOf('idle', stopLimitMs));
  try {
    await api.ask({
      method: 'POST',
      path: `${folder}/${segment(taskId)}/stop`,
      body: { user },
      signal: guard.signal,
    });
  } catch (error) {
    throw guard.explain(error);
  } finally {
    guard.close();
  }
}
