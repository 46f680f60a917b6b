import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';
import { botVariables, messageText } from '../../lib/bitrix24/events/bot-variables';
import { eventKinds, type BitrixEvent, type EventKind } from '../../lib/bitrix24/events/event';
import type { EventTokens } from '../../lib/bitrix24/events/event-desk';
import { dropReason, type FilterRules } from '../../lib/bitrix24/events/event-filter';
import { tokenNames, type TokenName } from '../../lib/bitrix24/events/event-tokens';
import { readChoice } from '../runtime/choices';
import { defineNode } from '../runtime/define-node';
import { botKind, portalKind } from '../runtime/kinds';
import type { Settings } from '../runtime/settings';
import type { OutgoingMessage } from '../runtime/shell';
import { showTyping } from '../runtime/typing';

const conversation: readonly EventKind[] = ['message', 'command', 'join'];

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-in',
    start(shell) {
      const { settings } = shell;
      const hub = shell.use(portalKind, 'portal');
      const bot = shell.useOptional(botKind, 'bot');
      const rules = readRules(settings);
      const passed = readPassedTokens(settings);
      const joinQuery = settings.text('joinQuery');
      shell.onClose(
        hub.subscribe({
          botCode: bot?.code,
          take(event, tokens) {
            if (dropReason(event, rules) !== undefined) return;
            showTyping(event);
            const message = messageFor(event, joinQuery, pick(tokens, passed));
            shell.emit(conversation.includes(event.kind) ? [message, null] : [null, message]);
          },
          onRival(rivals) {
            if (rivals === 0) shell.status.show('ready');
            else shell.report(new InvalidError('EVENT_CONFLICT', `${rivals + 1} nodes want the same events`));
          },
        }),
      );
      return {};
    },
  });
};

function readRules(settings: Settings): FilterRules {
  const wanted = settings.list('kinds', conversation);
  return {
    kinds: new Set(eventKinds.filter((kind) => wanted.includes(kind))),
    dropBots: settings.flag('dropBots', true),
    dropSystem: settings.flag('dropSystem', true),
    dropStaff: settings.flag('dropStaff', true),
    dropHandedOver: settings.flag('dropHandedOver', true),
  };
}

function readPassedTokens(settings: Settings): readonly TokenName[] {
  const wanted = settings.list('passTokens', []);
  return tokenNames.filter((name) => wanted.includes(name));
}

function pick(tokens: EventTokens, names: readonly TokenName[]): Record<string, string> {
  const entries = names.flatMap((name) =>
    tokens[name] === undefined ? [] : [[name, tokens[name]] as const],
  );
  return Object.fromEntries(entries);
}

function messageFor(event: BitrixEvent, joinQuery: string, tokens: Record<string, string>): OutgoingMessage {
  const inputs = botVariables(event);
  // A join has no text. BitBot asks its builder with the event's name, which existing bots take for a greeting.
  const query = event.kind === 'join' ? joinQuery || (inputs.event ?? '') : messageText(event);
  const choice = readChoice(event);
  return {
    topic: `${event.portal.memberId}:${event.bot.id ?? event.bot.code}:${event.dialogId}`,
    payload: choice?.items.map(({ label, value }) => value ?? label).join(', ') ?? query,
    bitrix: event,
    inputs: { ...inputs, ...tokens },
    ...(choice && { choice }),
  };
}
