import type { NodeAPI } from 'node-red';
import { dialogTemplate, namesOfDialog } from '../../lib/conversation/session/dialog-names';
import { createSessions, sessionKeyTemplate } from '../../lib/conversation/session/sessions';
import { toError } from '../../lib/core/errors';
import { chatParts } from '../../lib/dify/parts';
import type { DifyResult, RunOptions } from '../../lib/dify/request';
import { defineNode } from '../runtime/define-node';
import { progressMessage, putAnswer, putFailure, readFormAnswer } from '../runtime/dify/answer-message';
import { appForRun, reviewAtStart } from '../runtime/dify/app-for-run';
import { filesOfMessage } from '../runtime/dify/message-files';
import { readQuery, readVariables, runInputsFor } from '../runtime/dify/run-inputs';
import { readRunSettings } from '../runtime/dify/run-settings';
import { difyKind, storeKind } from '../runtime/kinds';
import type { Message, Shell } from '../runtime/shell';
import { leaseSharedStore, showStore, type StoreOffer } from '../runtime/stores';
import {
  conversationsOfMessages,
  keptConversations,
  noConversations,
  sessionModes,
  type Conversations,
  type OpenConversation,
} from '../runtime/bot/conversations';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'dify-chatflow',
    start(shell) {
      const client = shell.use(difyKind, 'app');
      const { origin } = client;
      const readText = shell.typed('query', 'payload');
      const readValues = shell.typed('variables', 'inputs');
      const { userOf, sendsFiles, emptyText, stripThinking, sendsUsual } = readRunSettings(shell.settings);
      const inConversation = conversationsFor(RED, shell);
      reviewAtStart(shell, client, 'chat', sendsUsual);

      async function answer(
        message: Message,
        user: string,
        conversation: OpenConversation,
        options: RunOptions & { signal: AbortSignal },
      ): Promise<DifyResult> {
        const { id, sessionKey } = conversation;
        const known = {
          user,
          ...(id !== undefined && { conversationId: id }),
          ...(sessionKey !== undefined && { sessionKey }),
        };
        const form = readFormAnswer(message.choice);
        if (form) return client.submitForm({ kind: 'chat', ...form, ...known }, options);
        const query = readQuery(await readText(message));
        const variables = readVariables(await readValues(message));
        const { signal } = options;
        const app = await appForRun(client, 'chat', signal);
        const files = sendsFiles ? filesOfMessage(message.bitrix, signal) : [];
        const given = { variables, files, user, signal, onNotice: shell.warn };
        const sent = await runInputsFor(client, app, given);
        return client.chat({ query, ...known, ...sent }, options);
      }

      return {
        async onMessage(message, { emit, signal }) {
          const dialog = namesOfDialog(message.bitrix);
          const user = userOf(dialog);
          try {
            const result = await inConversation(message, dialog, signal, (conversation) =>
              answer(message, user, conversation, {
                signal,
                stripThinking,
                onConversation: conversation.noteId,
                onProgress: (text) => emit([null, progressMessage(message, text)]),
              }),
            );
            putAnswer(message, chatParts(result, { origin }), result, { origin, emptyText });
          } catch (error) {
            putFailure(message, error);
            throw error;
          }
          emit(message);
        },
      };
    },
  });
};

function conversationsFor(RED: NodeAPI, shell: Shell): Conversations {
  const { settings } = shell;
  const mode = settings.choice('session', sessionModes);
  const ttlMs = settings.number('ttlSeconds', 86_400, { min: 1, max: 315_360_000 }) * 1000;
  const sliding = settings.flag('sliding', true);
  if (mode === 'none') return noConversations;
  if (mode === 'message') return conversationsOfMessages;
  const store = storeFor(RED, shell);
  return keptConversations({
    sessions: createSessions(store.source, { ttlMs, sliding }),
    keyOf: dialogTemplate(sessionKeyTemplate, 'session', { keyPrefix: store.keyPrefix }),
    onUnsaved(error) {
      // A store that closes with the node is nothing to mend.
      if (!shell.signal.aborted) shell.warn(toError(error));
    },
  });
}

function storeFor(RED: NodeAPI, shell: Shell): StoreOffer {
  const chosen = shell.useOptional(storeKind, 'store');
  if (chosen) return chosen;
  const lease = leaseSharedStore(RED);
  shell.onClose(lease.release);
  showStore(shell, lease);
  return lease;
}
