import { RefusedError } from '../../core/errors';
import type { PortalRest } from '../rest/portal';

/** Gives the dialog of an Open Channel to the next free operator. That a person has it already is fine. */
export async function callOperator(rest: PortalRest, chatId: number, signal: AbortSignal): Promise<void> {
  try {
    await rest.call('imopenlines.bot.session.operator', { CHAT_ID: chatId }, { idempotent: true, signal });
  } catch (error) {
    if (!(error instanceof RefusedError && error.serviceCode === 'WRONG_CHAT')) throw error;
  }
}
