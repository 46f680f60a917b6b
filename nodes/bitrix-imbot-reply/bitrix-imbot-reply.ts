import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';
import { readReplyTarget, sendReply } from '../../lib/bitrix24/reply';
import { defineNode } from '../runtime/define-node';
import { botKind, bots } from '../runtime/kinds';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-imbot-reply',
    start(shell) {
      const chosenBot = shell.useOptional(botKind, 'bot');
      const readText = shell.typed('send', 'payload');
      return {
        async onMessage(message, { emit, signal }) {
          const target = readReplyTarget(message.bitrix);
          const bot = chosenBot ?? bots.find(target.domain, target.bot.code);
          if (bot?.code !== target.bot.code) throw unknownBot(target.bot.code);
          const text = asText(await readText(message));
          const sent = [await sendReply(bot, target, text, signal)];
          message.bitrix = Object.assign({}, message.bitrix, { sent });
          emit(message);
        },
      };
    },
  });
};

function asText(value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new InvalidError('INPUT_INVALID', 'there is no text to send', { params: { what: 'msg.payload' } });
}

function unknownBot(code: string): InvalidError {
  return new InvalidError('CONFIG_MISSING', `no bitrix-bot node has the code ${code || '(empty)'}`, {
    params: { config: 'bitrix-bot' },
  });
}
