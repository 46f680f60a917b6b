import { namesOfDialog } from '../../lib/conversation/session/dialog-names';
import { RefusedError, toError } from '../../lib/core/errors';
import { flagAt, textAt } from '../../lib/core/fields';
import { textOfParts, type Part } from '../../lib/core/parts';
import type { TypebotTurn } from '../../lib/typebot/request';
import { conversationsOfNode } from '../runtime/bot/conversations-of-node';
import { readFailurePath } from '../runtime/bot/failure';
import { readVariables } from '../runtime/bot/given-values';
import { serveFileLinks } from '../runtime/bot/file-links';
import { storeOfNode } from '../runtime/store-of-node';
import { whileBotHasDialog } from '../runtime/bot/takeovers';
import { noteReply } from '../runtime/deliveries';
import { typebotKind } from '../runtime/kinds';
import type { StartNode } from '../runtime/register-node';
import type { Message } from '../runtime/shell';
import { readWords } from './said';
import { isOnlyNoted, talkInDialog, type Reading } from './talk';

export const start: StartNode = (RED, shell) => {
  const { settings } = shell;
  serveFileLinks(RED);
  const client = shell.use(typebotKind, 'bot');
  const readText = shell.typed('message', 'payload');
  const readValues = shell.typed('variables', 'inputs');
  const inConversation = conversationsOfNode(shell, storeOfNode(RED, shell));
  const failurePath = readFailurePath(shell);
  const endText = settings.text('endText');
  const pacing = {
    pace: settings.flag('pace', false),
    markdownInText: settings.flag('markdown', false),
    maxWaitSeconds: settings.number('maxWaitSeconds', 10, { max: 60 }),
  };
  const rules = {
    sendsFiles: settings.flag('files', true),
    afterEnd: settings.choice('afterEnd', ['restart', 'silent']),
  };

  function tellOfLogs({ logs }: TypebotTurn): void {
    const fault = logs.find(({ status }) => status === 'error');
    if (!fault) return;
    const params = { reason: fault.status, detail: fault.description };
    shell.warn(new RefusedError('TYPEBOT_FAILED', 'a step of the bot has failed', { params }));
  }

  return {
    async onMessage(message, { emit, signal }) {
      const { bitrix } = message;
      let said: readonly Part[] = [];
      const read: Reading = {
        text: async () => readWords(await readText(message)),
        variables: async () => readVariables(await readValues(message)),
      };
      const talk = (inDialog: AbortSignal): Promise<TypebotTurn | undefined> =>
        inConversation(message, namesOfDialog(bitrix), inDialog, (conversation) =>
          talkInDialog(client, message, conversation, rules, read, {
            ...pacing,
            signal: inDialog,
            language: textAt(bitrix, 'language') ?? '',
            isRepeated: flagAt(bitrix, 'redelivered'),
            onParts: (parts) => void (said = parts),
          }),
        );
      try {
        const turn = await (isOnlyNoted(message) ? talk(signal) : whileBotHasDialog(bitrix, signal, talk));
        if (!turn) {
          const eventId = textAt(bitrix, 'eventId');
          if (eventId !== undefined) noteReply(eventId);
          return undefined;
        }
        tellOfLogs(turn);
        putTurn(message, turn, endText);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        return await failurePath(message, toError(thrown), emit, said);
      }
      emit(message);
      return undefined;
    },
  };
};

/** Writes the turn into the message that asked. */
function putTurn(message: Message, turn: TypebotTurn, endText: string): void {
  const { session, resultId = session?.resultId, ended, restarted, handover, logs } = turn;
  const farewell: Part[] = ended && endText !== '' ? [{ type: 'text', text: endText, format: 'plain' }] : [];
  const parts = [...turn.parts, ...farewell];
  const input = session?.input;
  const typebot = {
    ...(session && { sessionId: session.id }),
    ...(resultId !== undefined && { resultId }),
    ...(input && { input: { id: input.id, type: input.type } }),
    ...(session?.waits !== undefined && { waits: session.waits }),
    ended,
    restarted,
    handover,
    logs,
  };
  Object.assign(message, { payload: textOfParts(parts), parts, format: 'bbcode', typebot });
}
