import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/core/clock';
import { createHttpClient } from '../../lib/core/http';
import { answer, type AnswerSettings } from '../../lib/bitrix24/reply/answer';
import { createFileSource, FILE_HTTP_LIMITS } from '../../lib/bitrix24/reply/file-source';
import { partsToSend } from '../../lib/bitrix24/reply/parts-to-send';
import { findSpeaker } from '../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../lib/bitrix24/reply/target';
import { USER_AGENT } from '../../lib/bitrix24/rest/user-agent';
import { rememberChoices } from '../runtime/choices';
import { defineNode } from '../runtime/define-node';
import { botKind, bots } from '../runtime/kinds';
import type { Settings } from '../runtime/settings';
import { addTypist, hideTyping } from '../runtime/typing';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-imbot-reply',
    start(shell) {
      const chosen = shell.useOptional(botKind, 'bot');
      const readText = shell.typed('send', 'payload');
      const settings = readAnswerSettings(shell.settings);
      // A file's address was named by a bot builder, or by whoever talked to it.
      const http = createHttpClient({
        ...FILE_HTTP_LIMITS,
        policy: { origin: 'received' },
        userAgent: USER_AGENT,
      });
      const files = createFileSource(http);
      shell.onClose(() => http.close());
      if (shell.settings.flag('typing', true)) {
        shell.onClose(addTypist({ answers: ({ bot }) => chosen === undefined || chosen.code === bot.code }));
      }

      return {
        async onMessage(message, { emit, signal }) {
          const target = readReplyTarget(message.bitrix);
          const sent: (number | null)[] = [];
          try {
            const parts = partsToSend(message, asText(await readText(message)));
            rememberChoices(target, parts);
            await answer(parts, settings, {
              ...findSpeaker(target, chosen, bots),
              target,
              files,
              clock: systemClock,
              signal,
              onSent: (messageId) => void sent.push(messageId),
              onHandOverFailed: (error) => shell.report(error),
            });
          } finally {
            if (target.eventId !== undefined) hideTyping(target.eventId);
            message.bitrix = Object.assign({}, message.bitrix, { sent });
          }
          emit(message);
        },
      };
    },
  });
};

function readAnswerSettings(settings: Settings): AnswerSettings {
  const allowed = settings.list('allow', []);
  return {
    as: settings.choice('as', ['auto', 'message', 'command', 'system']),
    choices: settings.choice('choices', ['auto', 'keyboard', 'list', 'both']),
    allow: {
      mentions: allowed.includes('mentions'),
      calls: allowed.includes('calls'),
      buttons: allowed.includes('buttons'),
      images: allowed.includes('images'),
    },
    onFailure: settings.choice('onFailure', ['error', 'operator']),
    failureText: settings.text('failureText'),
  };
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
