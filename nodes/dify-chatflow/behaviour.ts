import { toError } from '../../lib/core/errors';
import { namesOfDialog } from '../../lib/conversation/session/dialog-names';
import { chatParts } from '../../lib/dify/parts';
import type { DifyResult } from '../../lib/dify/request';
import { markRateable } from '../runtime/bot/answer-origin';
import { conversationsOfApp } from '../runtime/bot/conversations-of-app';
import { conversationsOfNode } from '../runtime/bot/conversations-of-node';
import { readFailurePath } from '../runtime/bot/failure';
import { storeOfNode } from '../runtime/store-of-node';
import { whileBotHasDialog } from '../runtime/bot/takeovers';
import {
  progressMessage,
  putAnswer,
  putFailure,
  saidOfForm,
  type Said,
} from '../runtime/dify/answer-message';
import { reviewAtStart } from '../runtime/dify/app-for-run';
import { askingsOf, type Asking } from '../runtime/dify/asking';
import { formsOfNode } from '../runtime/dify/forms-of-node';
import { greet } from '../runtime/dify/greet';
import { isReaction, rate } from '../runtime/dify/rate';
import { runInputsFor } from '../runtime/dify/run-inputs';
import { readRunSettings } from '../runtime/dify/run-settings';
import { suggestionsFor } from '../runtime/dify/suggest';
import { difyKind } from '../runtime/kinds';
import type { StartNode } from '../runtime/register-node';

export const start: StartNode = (RED, shell) => {
  const client = shell.use(difyKind, 'app');
  const { origin } = client;
  const settings = readRunSettings(shell.settings);
  const greets = shell.settings.flag('opening', true);
  const suggests = shell.settings.flag('suggestions', true);
  const isRated = shell.settings.flag('feedback', false);
  const citations = shell.settings.flag('citations', false);
  const failurePath = readFailurePath(shell);
  const store = storeOfNode(RED, shell);
  const inConversation = conversationsOfApp(conversationsOfNode(shell, store), {
    appKey: client.appKey,
    onShared: () => shell.log(shell.translate('bitlane.conversation.twoApps')),
  });
  const forms = formsOfNode(shell, store, { client, kind: 'chat' });
  const askingFor = askingsOf({ shell, client, kind: 'chat', settings });
  reviewAtStart(shell, client, 'chat', settings.sendsUsual);

  async function answer(asking: Asking): Promise<Said> {
    const byForm = await forms.take(asking);
    if (byForm) return 'form' in byForm ? saidOfForm(byForm) : say(byForm.result, asking);
    const opening = greets ? await greet(asking) : undefined;
    if (opening) return opening;
    const result = await ask(asking);
    await forms.remember(result, asking);
    return say(result, asking);
  }

  async function ask(asking: Asking): Promise<DifyResult> {
    const { user, options, conversation } = asking;
    const given = await runInputsFor(asking, { client, settings, onNotice: shell.warn });
    const { id, sessionKey } = conversation ?? {};
    const known = {
      ...(id !== undefined && { conversationId: id }),
      ...(sessionKey !== undefined && { sessionKey }),
    };
    return client.chat({ ...given, user, ...known }, options);
  }

  async function say(result: DifyResult, asking: Asking): Promise<Said> {
    const suggested = suggests ? await suggestionsFor(result, asking, { client, shell }) : [];
    return { run: result, parts: chatParts(result, { origin, suggested, citations }) };
  }

  return {
    async onMessage(message, { emit, signal }) {
      const dialog = namesOfDialog(message.bitrix);
      const user = settings.userOf(dialog);
      if (isReaction(message.bitrix)) {
        if (isRated) await rate(message.bitrix, client, signal);
        return undefined;
      }
      try {
        const said = await whileBotHasDialog(message.bitrix, signal, (inDialog) =>
          inConversation(message, dialog, inDialog, (conversation) => {
            const options = {
              signal: inDialog,
              stripThinking: settings.stripThinking,
              onConversation: conversation.noteId,
              onProgress: (text: string) => emit([null, progressMessage(message, text)]),
            };
            return answer(askingFor({ message, dialog, user, options, conversation }));
          }),
        );
        if (!said) return undefined;
        putAnswer(message, said, { origin, emptyText: settings.emptyText });
        const messageId = said.run?.messageId;
        if (isRated && messageId !== undefined) markRateable(message, { messageId, user });
      } catch (error) {
        putFailure(message, error);
        if (signal.aborted) throw error;
        return await failurePath(message, toError(error), emit);
      }
      emit(message);
      return undefined;
    },
  };
};
