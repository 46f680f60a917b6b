import { systemClock } from '../../lib/core/clock';
import { toError } from '../../lib/core/errors';
import { at, textAt } from '../../lib/core/fields';
import { createHttpClient } from '../../lib/core/http';
import type { Part } from '../../lib/core/parts';
import { failureNote } from '../../lib/bitrix24/lines/failure-note';
import type { AnswerSettings } from '../../lib/bitrix24/reply/answer';
import { answerOnce } from '../../lib/bitrix24/reply/answer-once';
import { createAnswerTurns } from '../../lib/bitrix24/reply/answer-turns';
import { createFileSource, FILE_HTTP_LIMITS } from '../../lib/bitrix24/reply/file-source';
import { partsToSend } from '../../lib/bitrix24/reply/parts-to-send';
import { findSpeaker } from '../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../lib/bitrix24/reply/target';
import { USER_AGENT } from '../../lib/core/user-agent';
import { againAfterDeploy } from '../runtime/bot/again-after-deploy';
import { noteOrigin } from '../runtime/bot/answer-origin';
import { readFailureText } from '../runtime/bot/failure-text';
import { fileServerHttp } from '../runtime/bot/file-servers';
import { notePerson } from '../runtime/bot/line-dialog';
import { whileBotHasDialog } from '../runtime/bot/takeovers';
import { assertOurs, noteReply } from '../runtime/deliveries';
import { flowsPhaseOf } from '../runtime/flows-phase';
import { botKind, bots } from '../runtime/kinds';
import { metrics } from '../runtime/overview';
import type { StartNode } from '../runtime/register-node';
import type { Settings } from '../runtime/settings';
import { addTypist, hideTyping } from '../runtime/typing';

/** Of the process: a deploy makes new nodes, and what the old ones were sending goes on. */
const turns = createAnswerTurns();

export const start: StartNode = (RED, shell) => {
  const phase = flowsPhaseOf(RED);
  const chosen = shell.useOptional(botKind, 'bot');
  const readText = shell.typed('send', 'payload');
  const settings = readAnswerSettings(shell.settings);
  const readSentence = readFailureText(shell);
  // What the staff alone sees is no word over their head.
  const during = settings.as === 'system' ? inAnyCase : whileBotHasDialog;
  // A file's address was named by a bot builder, or by whoever talked to it.
  const http = createHttpClient({
    ...FILE_HTTP_LIMITS,
    policy: { origin: 'received' },
    userAgent: USER_AGENT,
  });
  const files = createFileSource((address) => fileServerHttp(address) ?? http);
  shell.onClose(() => http.close());
  if (shell.settings.flag('typing', true)) {
    shell.onClose(addTypist({ answers: ({ bot }) => chosen === undefined || chosen.code === bot.code }));
  }

  return {
    async onMessage(message, { emit, signal }) {
      const target = readReplyTarget(message.bitrix);
      const { eventId, attempt } = target;
      // Before anything is waited for: answers keep the order in which they came.
      const place = eventId === undefined ? 0 : turns.place(shell.id, { ...target, eventId });
      const sent: (number | null)[] = [];
      const from = performance.now();
      const handsOver = at(message, 'handOver') !== undefined;
      const language = textAt(message.bitrix, 'language') ?? '';
      const note = failureNote(textAt(message, 'handOver', 'reason'), language);
      // An error of the message would have the bot that failed run again.
      let notHandedOver: Error | undefined;
      const onNobodyCalled = (error: unknown): void => void (notHandedOver = toError(error));
      const isBehindFailure = at(message, 'failure') !== undefined;
      const onNotice = (notice: unknown): void => {
        // A store that closes with the node is nothing to mend.
        if (!signal.aborted) shell.warn(toError(notice));
      };
      const asked = { ...settings };
      const readParts = async (): Promise<Part[]> => {
        if (settings.onFailure === 'operator') asked.failureText = await readSentence(message);
        const text = asText(await readText(message));
        return handsOver && (text ?? '').trim() === '' ? [] : partsToSend(message, text);
      };
      const answer = (inDialog: AbortSignal): Promise<void> => {
        const found = findSpeaker(target, chosen, bots);
        return answerOnce(readParts, asked, {
          ...found,
          ...{ target, handsOver, note, nodeId: shell.id, place, turns, files, onNotice },
          clock: systemClock,
          signal: inDialog,
          ...(eventId !== undefined && { assertOurs: () => assertOurs(eventId, attempt) }),
          onSent: (messageId) => void sent.push(messageId),
          onHandedOver: () => notePerson(found.store, message.bitrix),
          onHandOverFailed: (error) => shell.report(error),
          ...(isBehindFailure && { onNobodyCalled }),
        });
      };
      try {
        const isSaid = await during(message.bitrix, signal, async (inDialog) => {
          const inTime = (): Promise<void> => answer(inDialog);
          await (eventId === undefined ? inTime() : againAfterDeploy(inTime, phase, inDialog));
          return true;
        });
        if (eventId !== undefined) noteReply(eventId);
        if (!isSaid) return undefined;
      } finally {
        if (eventId !== undefined) hideTyping(eventId);
        message.bitrix = Object.assign({}, message.bitrix, { sent });
      }
      await noteOrigin(message, sent, (error) => shell.warn(error));
      metrics.count('bitlane_replies_total');
      metrics.observe('bitlane_reply_seconds', (performance.now() - from) / 1000);
      emit(message);
      return notHandedOver;
    },
  };
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
    // Read from each message: it may be an expression.
    failureText: '',
  };
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const inAnyCase: typeof whileBotHasDialog = (_bitrix, signal, work) => work(signal);
