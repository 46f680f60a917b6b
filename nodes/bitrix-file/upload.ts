import { systemClock } from '../../lib/core/clock';
import { toError } from '../../lib/core/errors';
import { textAt } from '../../lib/core/fields';
import { createHttpClient } from '../../lib/core/http';
import type { Part } from '../../lib/core/parts';
import { filePartsOf } from '../../lib/bitrix24/files/file-parts';
import type { AnswerSettings } from '../../lib/bitrix24/reply/answer';
import { answerOnce } from '../../lib/bitrix24/reply/answer-once';
import { createAnswerTurns } from '../../lib/bitrix24/reply/answer-turns';
import { createFileSource, FILE_HTTP_LIMITS } from '../../lib/bitrix24/reply/file-source';
import { findSpeaker } from '../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../lib/bitrix24/reply/target';
import { USER_AGENT } from '../../lib/core/user-agent';
import { againAfterDeploy } from '../runtime/bot/again-after-deploy';
import { fileServerHttp } from '../runtime/bot/file-servers';
import { whileBotHasDialog } from '../runtime/bot/takeovers';
import type { Behaviour } from '../runtime/define-node';
import { noteReply } from '../runtime/deliveries';
import type { FlowsPhase } from '../runtime/flows-phase';
import { botKind, bots } from '../runtime/kinds';
import type { Message, Shell } from '../runtime/shell';

/** Of the process: a deploy makes new nodes, and what the old ones were sending goes on. */
const turns = createAnswerTurns();

const asFile: AnswerSettings = {
  as: 'message',
  choices: 'auto',
  allow: {},
  onFailure: 'error',
  failureText: '',
};

/** From bytes to a file in the dialog, as the reply node sends those of an answer. */
export function createUpload(shell: Shell, { phase }: { phase: FlowsPhase }): Behaviour {
  const chosen = shell.useOptional(botKind, 'bot');
  const { settings } = shell;
  const isPayload = settings.text('source') === '';
  const readSource = shell.typed('source', 'payload');
  const isNamed = settings.verbatim('fileName', 'filename') !== '';
  const readName = shell.typed('fileName', 'filename');
  // Its address may have come from a bot builder, or from whoever talked to it.
  const http = createHttpClient({
    ...FILE_HTTP_LIMITS,
    policy: { origin: 'received' },
    userAgent: USER_AGENT,
  });
  const files = createFileSource((address) => fileServerHttp(address) ?? http);
  shell.onClose(() => http.close());

  async function partsIn(message: Message): Promise<Part[]> {
    const name = isNamed ? textAt({ name: await readName(message) }, 'name') : undefined;
    const saidText = textAt(message.bitrix, 'text');
    const given = isPayload ? message.payload : await readSource(message);
    return filePartsOf(given, { name, saidText });
  }

  return {
    async onMessage(message, { emit, signal }) {
      const target = readReplyTarget(message.bitrix);
      const { eventId } = target;
      // Before anything is waited for: files keep the order in which they came.
      const place = eventId === undefined ? 0 : turns.place(shell.id, { ...target, eventId });
      const sent: (number | null)[] = [];
      const onNotice = (notice: unknown): void => {
        // A store that closes with the node is nothing to mend.
        if (!signal.aborted) shell.warn(toError(notice));
      };
      const send = (inDialog: AbortSignal): Promise<void> =>
        answerOnce(() => partsIn(message), asFile, {
          ...findSpeaker(target, chosen, bots),
          ...{ target, nodeId: shell.id, place, turns, files, onNotice },
          clock: systemClock,
          signal: inDialog,
          onSent: (messageId) => void sent.push(messageId),
          onHandOverFailed: onNotice,
        });
      try {
        const isSent = await whileBotHasDialog(message.bitrix, signal, async (inDialog) => {
          const inTime = (): Promise<void> => send(inDialog);
          await (eventId === undefined ? inTime() : againAfterDeploy(inTime, phase, inDialog));
          return true;
        });
        if (eventId !== undefined) noteReply(eventId);
        if (!isSent) return;
      } finally {
        message.bitrix = Object.assign({}, message.bitrix, { sent });
      }
      emit(message);
    },
  };
}
