import type { Clock } from '../core/clock';
import type { DifyApp } from './app';
import type { DifyClient } from './client';
import { unusableAnswer } from './outage';
import type { DifyResult } from './request';
import { createRunGuard } from '../core/run-guard';

/** The answer is there already, and is not held up for longer. */
const limitMs = 10_000;

export interface SuggestionsRequest {
  readonly client: Pick<DifyClient, 'suggested'>;
  readonly describe: (signal: AbortSignal) => Promise<Pick<DifyApp, 'suggestsQuestions'> | undefined>;
  readonly clock: Clock;
  readonly user: string;
  readonly signal: AbortSignal;
}

/** What the person could ask next, as the app thinks, if it does. A run that waits for an answer suggests nothing. */
export async function suggestionsAfter(
  { status, messageId, text }: DifyResult,
  { client, describe, clock, user, signal }: SuggestionsRequest,
): Promise<string[]> {
  if (status === 'paused' || messageId === undefined || text.trim() === '') return [];
  const guard = createRunGuard(clock, signal);
  guard.limit(limitMs, () => unusableAnswer('suggested questions', `none within ${limitMs / 1000} s`));
  try {
    const app = await describe(guard.signal);
    return app?.suggestsQuestions ? await client.suggested(messageId, user, guard.signal) : [];
  } catch (error) {
    throw guard.explain(error);
  } finally {
    guard.close();
  }
}
