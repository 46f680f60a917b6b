import { RefusedError } from '../../core/errors';
import type { PortalRest } from '../rest/portal';

/** `already`: a person has the dialog, or it is closed. */
export type HandOverState = 'done' | 'already';

/** Gives the dialog of an Open Channel to the next free operator. That a person has it already is fine. */
export async function callOperator(
  rest: Pick<PortalRest, 'call'>,
  chatId: number,
  signal: AbortSignal,
): Promise<HandOverState> {
  try {
    const options = { idempotent: true, urgent: true, signal };
    await rest.call('imopenlines.bot.session.operator', { CHAT_ID: chatId }, options);
    return 'done';
  } catch (error) {
    if (isNoLongerBots(error)) return 'already';
    throw error;
  }
}

/** What the portal says when the operator of the session is no bot. */
export function isNoLongerBots(error: unknown): boolean {
  return error instanceof RefusedError && error.serviceCode === 'WRONG_CHAT';
}
