import { startTimer, type Clock } from '../core/clock';
import { UnreachableError } from '../core/errors';
import { createAnswerBuilder, type AnswerBuilder, type RunAnswer, type RunKind } from './answer';
import { segment, type ApiStream, type DifyApi } from './api';
import { readEvent, readWholeAnswer, type DifyEvent, type RunIds } from './events';
import { isBreak, timeoutOf, unusableAnswer, type DifyTimers } from './outage';
import { fetchWholeText, resumeRun } from './recover';
import { factsOf, refusalOf } from './refusal';
import { createRunGuard, type RunGuard } from './run-guard';
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
  /** The stream broke, and the rest was fetched. */
  readonly resumed: boolean;
}

/** A run in the hands of this client. */
export interface RunInHand {
  readonly plan: RunPlan;
  readonly context: RunContext;
  readonly builder: AnswerBuilder;
  readonly guard: RunGuard;
  /** Reads a stream until the answer is whole or the stream is at its end. */
  consume(stream: ApiStream): Promise<void>;
}

/** How long the last event but one is waited on for the last. */
const endGraceMs = 2000;
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
  const vigil = keepVigil({ clock, progressMs: timers.progressMs, guard, suspect: plan.suspect });
  const onEvent = (event: DifyEvent): void => {
    if (event.kind !== 'ping') vigil.note();
    watcher.onIds(builder.ids);
    watcher.onText(builder.text);
  };
  Object.assign(builder.ids, plan.ids);
  const run: RunInHand = {
    plan,
    context,
    builder,
    guard,
    consume: (stream) => consume(stream, builder, { clock, guard, onEvent, hiding: api.hiding(plan.sent) }),
  };
  try {
    if (guard.signal.aborted) throw guard.explain(undefined);
    const resumed = await readToEnd(run);
    return { answer: builder.result(), resumed };
  } catch (error) {
    const reason = guard.explain(error);
    if (isAbandoned(reason, guard) && !builder.hasEnded()) await stopRun(run);
    throw reason;
  } finally {
    vigil.close();
    guard.close();
  }

  async function readToEnd(inHand: RunInHand): Promise<boolean> {
    const stream = await plan.open(guard.signal);
    let breakage: unknown;
    try {
      await inHand.consume(stream);
    } catch (error) {
      if (guard.signal.aborted || !isBreak(error)) throw error;
      breakage = error;
    }
    if (builder.hasEnded()) return false;
    await resumeRun(inHand, breakage);
    if (builder.mayHaveGaps()) await fetchWholeText(inHand);
    return true;
  }
}

interface Consuming {
  readonly clock: Clock;
  readonly guard: RunGuard;
  readonly onEvent: (event: DifyEvent) => void;
  readonly hiding: ReturnType<DifyApi['hiding']>;
}

async function consume(stream: ApiStream, builder: AnswerBuilder, options: Consuming): Promise<void> {
  if ('json' in stream) return takeWhole(stream.json, builder, options);
  let liftGrace: (() => void) | undefined;
  try {
    for await (const record of stream.events) {
      const event = readEvent(record);
      if (!event) continue;
      builder.take(event);
      options.onEvent(event);
      if (builder.isOver()) return;
      if (event.kind === 'ping') continue;
      liftGrace?.();
      liftGrace = builder.isEnding() ? startTimer(options.clock, endGraceMs, stream.close) : undefined;
    }
  } catch (error) {
    // The connection ended without a farewell, but behind the last word.
    const isEnough = builder.hasEnded() && !options.guard.signal.aborted;
    if (!isEnough) throw error;
  } finally {
    liftGrace?.();
    stream.close();
  }
}

function takeWhole(json: unknown, builder: AnswerBuilder, { hiding, onEvent }: Consuming): void {
  const events = readWholeAnswer(json);
  if (events.length === 0) {
    const facts = factsOf(json, 500);
    if (facts.serviceCode !== undefined) throw refusalOf('run', facts, hiding);
    throw unusableAnswer('run', 'the answer is JSON, but none of Dify');
  }
  for (const event of events) {
    builder.take(event);
    onEvent(event);
  }
}

/** Aborting the request alone would leave the run going on, and writing into the conversation. */
function isAbandoned(reason: Error, guard: RunGuard): boolean {
  if (guard.signal.aborted) return true;
  if (!(reason instanceof UnreachableError)) return false;
  return reason.code === 'DIFY_TIMEOUT' || reason.params['reason'] === 'TOO_LARGE';
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
