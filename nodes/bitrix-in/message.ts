import { botVariables, messageText } from '../../lib/bitrix24/events/bot-variables';
import type { Delivery } from '../../lib/bitrix24/events/reader';
import type { MadeChoice } from '../../lib/bitrix24/reply/choice-memory';
import type { OutgoingMessage } from '../runtime/shell';

/** The message that a flow starts with. */
export function messageFor(
  { event, tokens }: Delivery,
  choice: MadeChoice | undefined,
  joinQuery: string,
): OutgoingMessage {
  const inputs = botVariables(event);
  // A join has no text. BitBot asks its builder with the event's name, which existing bots take for a greeting.
  const query = event.kind === 'join' ? joinQuery || (inputs.event ?? '') : messageText(event);
  return {
    topic: `${event.portal.memberId}:${event.bot.id ?? event.bot.code}:${event.dialogId}`,
    payload: choice?.items.map(({ label, value }) => value ?? label).join(', ') ?? query,
    bitrix: event,
    inputs: { ...inputs, ...tokens },
    ...(choice && { choice }),
  };
}
