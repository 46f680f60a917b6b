import { RefusedError } from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import type { DifyClient, Feedback } from '../../../lib/dify/client';
import { originOfReaction } from '../bot/answer-origin';

export function isReaction(bitrix: unknown): boolean {
  return textAt(bitrix, 'kind') === 'reaction';
}

/** Tells Dify what a person thinks of an answer, when the reaction is a thumb and the answer is one of Dify's. */
export async function rate(bitrix: unknown, client: DifyClient, signal: AbortSignal): Promise<void> {
  const rating = ratingOf(bitrix);
  const origin = rating === undefined ? undefined : await originOfReaction(bitrix);
  if (rating === undefined || !origin) return;
  try {
    await client.feedback({ ...origin, rating }, signal);
  } catch (error) {
    // The answer was deleted in Dify, or is another app's.
    if (!(error instanceof RefusedError && error.status === 404)) throw error;
  }
}

function ratingOf(bitrix: unknown): Feedback['rating'] | undefined {
  const name = textAt(bitrix, 'reaction', 'name');
  if (name !== 'like' && name !== 'dislike') return undefined;
  return textAt(bitrix, 'reaction', 'action') === 'delete' ? null : name;
}
