import { at, entriesAt, textAt } from '../core/fields';
import { RefusedError } from '../core/errors';
import { segment } from './api';
import { readEvent } from './events';
import { interrupted, isBreak } from './outage';
import { repeatability } from './refusal';
import { readAgain } from './repeat';
import type { RunInHand } from './run';
import { parseJson } from './sse';

const waitsBeforeAttach = [0, 2000, 5000];
const waitsBeforeLook = [2000, 5000, 10_000];

/**
 * Finds the rest of a run whose stream broke. It is the same run, found by its id; where a release cannot do that, the
 * break is an error, because a second run could do a second time what the first has done.
 */
export async function resumeRun(run: RunInHand, breakage: unknown): Promise<void> {
  const { builder, plan } = run;
  const runId = builder.ids.workflowRunId;
  if (runId === undefined) throw interrupted(breakage);
  if (await attachAgain(run, runId, { include_state_snapshot: 'true' })) return;
  if (plan.kind === 'workflow' && (await lookUntilOver(run, runId))) return;
  throw interrupted(breakage);
}

/** Reads on in the stream of a run. True when its end was there. */
async function attachAgain(
  run: RunInHand,
  runId: string,
  options: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { builder, plan, guard, context } = run;
  for (const wait of waitsBeforeAttach) {
    if (wait > 0) await context.clock.sleep(wait, guard.signal);
    builder.beginResume();
    try {
      await run.consume(await openEvents(run, runId, { user: plan.user, ...options }));
    } catch (error) {
      if (guard.signal.aborted) throw error;
      if (error instanceof RefusedError && repeatability(error) === 'never') return false;
      if (!isBreak(error) && !(error instanceof RefusedError)) throw error;
    }
    if (builder.hasEnded()) return true;
  }
  return false;
}

function openEvents({ context, guard }: RunInHand, runId: string, query: Readonly<Record<string, string>>) {
  return context.api.open({
    method: 'GET',
    path: `workflow/${segment(runId)}/events`,
    query,
    signal: guard.signal,
  });
}

/** Only for workflows: for a chatflow this endpoint has no answer. */
async function lookUntilOver({ builder, context, guard }: RunInHand, runId: string): Promise<boolean> {
  const { api, clock, random } = context;
  const { signal } = guard;
  const path = `workflows/run/${segment(runId)}`;
  for (let look = 0; ; look += 1) {
    await clock.sleep(waitsBeforeLook[look] ?? 10_000, signal);
    try {
      const { json } = await readAgain(() => api.ask({ method: 'GET', path, signal }), {
        clock,
        signal,
        random,
      });
      const status = textAt(json, 'status');
      if (status === undefined) return false;
      if (status === 'running') continue;
      const event = readEvent(finalEvent(json, status, runId));
      if (event) builder.take(event);
      return true;
    } catch (error) {
      if (error instanceof RefusedError) return false;
      throw error;
    }
  }
}

function finalEvent(json: unknown, status: string, runId: string): unknown {
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

/** What was said between the break and the second look is in no stream any more, but in the message. */
export async function fetchWholeText({ builder, plan, context, guard }: RunInHand): Promise<void> {
  const { conversationId, messageId } = builder.ids;
  if (plan.kind !== 'chat' || conversationId === undefined || messageId === undefined) return;
  const query = { conversation_id: conversationId, user: plan.user, limit: '20' };
  const { signal } = guard;
  const { api, clock, random } = context;
  try {
    const found = await readAgain(() => api.ask({ method: 'GET', path: 'messages', query, signal }), {
      clock,
      signal,
      random,
    });
    const message = entriesAt(found.json, 'data').find((each) => textAt(each, 'id') === messageId);
    const text = textAt(message, 'answer');
    if (text !== undefined) builder.correctText(text);
  } catch (error) {
    if (signal.aborted) throw error;
    // The text that came by the streams is better than none.
  }
}
