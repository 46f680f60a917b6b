import { systemClock } from '../../../lib/core/clock';
import { toError } from '../../../lib/core/errors';
import type { DifyClient } from '../../../lib/dify/client';
import type { DifyResult } from '../../../lib/dify/request';
import { suggestionsAfter } from '../../../lib/dify/suggestions';
import type { Shell } from '../shell';
import { appForRun } from './app-for-run';
import type { Asking } from './asking';

/** What the person could ask next. Without it the answer is as good. */
export async function suggestionsFor(
  result: DifyResult,
  { user, options: { signal } }: Asking,
  { client, shell }: { client: DifyClient; shell: Shell },
): Promise<string[]> {
  try {
    return await suggestionsAfter(result, {
      client,
      describe: (within) => appForRun(client, 'chat', within),
      clock: systemClock,
      user,
      signal,
    });
  } catch (error) {
    if (!signal.aborted) shell.warn(toError(error));
    return [];
  }
}
