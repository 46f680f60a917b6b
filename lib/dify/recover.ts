import { entriesAt, textAt } from '../core/fields';
import { RefusedError } from '../core/errors';
import { lookAtResult, openEvents } from './look';
import { interrupted, isBreak } from './outage';
import { repeatability } from './refusal';
import { readAgain } from './repeat';
import type { RunInHand } from './run';

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
  if (await attachAgain(run, runId)) return;
  if (plan.kind === 'workflow' && (await lookUntilOver(run, runId))) return;
  throw interrupted(breakage);
}

/** Reads on in the stream of a run. True when its end was there. */
async function attachAgain(run: RunInHand, runId: string): Promise<boolean> {
  const { builder, guard, context } = run;
  for (const wait of waitsBeforeAttach) {
    if (wait > 0) await context.clock.sleep(wait, guard.signal);
    builder.beginResume();
    try {
      await run.listening.to(await openEvents(run, runId, guard.signal));
    } catch (error) {
      if (guard.signal.aborted) throw error;
      if (error instanceof RefusedError && repeatability(error) === 'never') return false;
      if (!isBreak(error) && !(error instanceof RefusedError)) throw error;
    }
    if (builder.hasEnded()) return true;
  }
  return false;
}

async function lookUntilOver(run: RunInHand, runId: string): Promise<boolean> {
  const { builder, context, guard } = run;
  const { clock, random } = context;
  const { signal } = guard;
  for (let look = 0; ; look += 1) {
    await clock.sleep(waitsBeforeLook[look] ?? 10_000, signal);
    try {
      const found = await readAgain(() => lookAtResult(run, runId, signal), { clock, signal, random });
      if (found === 'goes-on') continue;
      if (found === 'untold') return false;
      for (const event of found) builder.take(event);
      return true;
    } catch (error) {
      if (error instanceof RefusedError) return false;
      throw error;
    }
  }
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
