import { textAt } from '../../../lib/core/fields';
import { greeting } from '../../../lib/dify/opening';
import { saidWithoutRun, type Said } from './answer-message';
import type { Asking } from './asking';

/** To somebody who joins: what the app says before it is asked, if it says anything. */
export async function greet(asking: Asking): Promise<Said | undefined> {
  if (textAt(asking.message.bitrix, 'kind') !== 'join') return undefined;
  const { app, variables } = await asking.read();
  const parts = app && greeting(app, variables);
  return parts && saidWithoutRun(parts);
}
