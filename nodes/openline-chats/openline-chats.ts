import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';
import { systemClock } from '../../lib/core/clock';
import { createChatFilter } from '../../lib/bitrix24/chats/chat-filter';
import { chatKeys, finishedChat, type ChatKey } from '../../lib/bitrix24/chats/finished-chat';
import { createChatHistory, type FoundChat } from '../../lib/bitrix24/chats/history';
import { createGroupReader } from '../../lib/bitrix24/chats/session-groups';
import { createSessionReader } from '../../lib/bitrix24/chats/session-reader';
import type { Portal } from '../../lib/bitrix24/hub/hub';
import { defineNode } from '../runtime/define-node';
import type { Settings } from '../runtime/settings';
import { createSyncNode, type FailureOf, type PortalJob, usualFailures } from '../runtime/sync';

const MINUTE_MS = 60_000;
/** Some operators never close a dialog; then the portal does, as its line is set, or nobody. */
const lateHours = 180 * 24;
const latePausesMs = [2, 5, 15, 30, 60, 60, 60, 120, 240].map((minutes) => minutes * MINUTE_MS);

/** The user may be let into one line and not into another; a key that is no good has failed in the list already. */
const failureOf: FailureOf = (code) => (code === 'BITRIX_AUTH' ? 'final' : usualFailures(code));

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'openline-chats',
    start(shell) {
      const filter = filterIn(shell.settings);
      const rules = {
        withFiles: shell.settings.flag('withFiles', false),
        onlyWithOperator: shell.settings.flag('onlyWithOperator', false),
        extraKeys: extraKeysIn(shell.settings),
      };

      function open(portal: Portal, place: string): PortalJob<FoundChat> {
        const { rest } = portal;
        const readSession = createGroupReader(rest, createSessionReader({ rest }));
        return {
          source: createChatHistory({ rest, filter, now: () => systemClock.now() }),
          async message({ activity, filter, group }, { signal }) {
            const spoken = await readSession(activity, group, signal);
            const found = finishedChat(activity, spoken, filter, { ...rules, place });
            if (typeof found === 'string') return { how: 'unwanted', reason: found };
            const { session, chat, metadata, uploadKey } = found;
            const { memberId = '', domain } = portal;
            const about = { ...session, portal: { memberId, domain } };
            const message = { payload: chat, metadata, uploadKey, chat: about };
            return { how: 'send', message };
          },
        };
      }

      return createSyncNode(RED, shell, {
        ...{ type: 'openline-chats', kind: 'chats', lateHours, latePausesMs, failureOf, open },
      });
    },
  });
};

/** What is wrong in the settings is said at the deploy, before anything is read. */
function filterIn(settings: Settings) {
  const filter = {
    from: settings.text('from'),
    to: settings.text('to'),
    lines: settings.list('lines', []),
  };
  createChatFilter(filter, () => 0);
  return filter;
}

function extraKeysIn(settings: Settings): ChatKey[] {
  return settings.list('extraKeys', ['session_id', 'upload_key']).map((name) => {
    const key = chatKeys.find((known) => known === name);
    if (key !== undefined) return key;
    const expected = chatKeys.join(', ');
    throw new InvalidError('CONFIG_INVALID', `extraKeys must be of ${expected}`, {
      params: { property: 'extraKeys', expected },
    });
  });
}
