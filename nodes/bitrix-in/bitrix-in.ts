import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';
import { botVariables, messageText } from '../../lib/bitrix24/bot-variables';
import type { BitrixEvent, EventKind } from '../../lib/bitrix24/event';
import { defineNode } from '../runtime/define-node';
import { botKind, portalKind } from '../runtime/kinds';
import type { OutgoingMessage } from '../runtime/shell';

const conversation: ReadonlySet<EventKind> = new Set(['message', 'command', 'join']);

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-in',
    start(shell) {
      const portal = shell.use(portalKind, 'portal');
      const bot = shell.useOptional(botKind, 'bot');
      const unsubscribe = portal.subscribe({
        botCode: bot?.code,
        take(event) {
          const message = messageFor(event);
          shell.emit(conversation.has(event.kind) ? [message, null] : [null, message]);
        },
        onRival(rivals) {
          if (rivals === 0) shell.status.show('ready');
          else shell.report(new InvalidError('EVENT_CONFLICT', `${rivals + 1} nodes want the same events`));
        },
      });
      return { onClose: unsubscribe };
    },
  });
};

function messageFor(event: BitrixEvent): OutgoingMessage {
  return {
    topic: `${event.portal.memberId}:${event.bot.id ?? event.bot.code}:${event.dialogId}`,
    payload: messageText(event),
    bitrix: event,
    inputs: botVariables(event),
  };
}
