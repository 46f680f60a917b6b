import { InvalidError } from '../../lib/core/errors';
import { systemClock } from '../../lib/core/clock';
import { createChatFilter } from '../../lib/bitrix24/chats/chat-filter';
import { chatKeys, finishedChat, type ChatKey } from '../../lib/bitrix24/chats/finished-chat';
import { createChatHistory, type ChatHistory, type FoundChat } from '../../lib/bitrix24/chats/history';
import { createNotedHistory } from '../../lib/bitrix24/chats/noted-history';
import { createGroupReader } from '../../lib/bitrix24/chats/session-groups';
import { createSessionNotes } from '../../lib/bitrix24/chats/session-notes';
import { createSessionReader } from '../../lib/bitrix24/chats/session-reader';
import { isOver } from '../../lib/bitrix24/chats/spoken-session';
import type { Portal } from '../../lib/bitrix24/hub/hub';
import { portalKind } from '../runtime/kinds';
import { listPortalLines } from '../runtime/portal-actions';
import type { NodeActions, StartNode } from '../runtime/register-node';
import type { Settings } from '../runtime/settings';
import { createSyncNode, type FailureOf, type PortalJob, usualFailures } from '../runtime/sync';
import { createChatLabels } from './chat-label';

const MINUTE_MS = 60_000;
/** Some operators never close a dialog; then the portal does, as its line is set, or nobody. */
const lateHours = 180 * 24;
const latePausesMs = [2, 5, 15, 30, 60, 60, 60, 120, 240].map((minutes) => minutes * MINUTE_MS);

/** The user may be let into one line and not into another; a key that is no good has failed in the list already. */
const failureOf: FailureOf = (code) => (code === 'BITRIX_AUTH' ? 'final' : usualFailures(code));

export const start: StartNode = (RED, shell) => {
  const filter = filterIn(shell.settings);
  const rules = {
    withFiles: shell.settings.flag('withFiles', false),
    onlyWithOperator: shell.settings.flag('onlyWithOperator', false),
    extraKeys: extraKeysIn(shell.settings),
  };

  const hub = shell.use(portalKind, 'portal');
  const now = (): number => systemClock.now();

  const inCrm = ({ rest }: Portal): ChatHistory => createChatHistory({ rest, filter, now });
  function noted({ rest }: Portal, place: string): ChatHistory {
    const notes = createSessionNotes({ store: hub.store, place, clock: systemClock });
    return createNotedHistory({ rest, notes, filter, now });
  }

  const openWith = (historyOf: typeof noted) => (portal: Portal, place: string) => {
    const { rest } = portal;
    const readSession = createGroupReader(rest, createSessionReader({ rest }));
    const history = historyOf(portal, place);
    const labels = createChatLabels(history);
    const job: PortalJob<FoundChat> = {
      source: { ...history, label: labels.of },
      async message(row, { signal }) {
        const { activity, filter, group, noted } = row;
        const spoken = await readSession(activity, group, signal);
        if (noted && !isOver(activity.sessionId, spoken)) return { how: 'late' };
        const facts = noted ? { ...activity, id: undefined } : activity;
        const found = finishedChat(facts, spoken, filter, { ...rules, place });
        if (typeof found === 'string') return { how: 'unwanted', reason: found };
        labels.note(row, found);
        const { session, chat, metadata, uploadKey } = found;
        const { memberId = '', domain } = portal;
        const about = { ...session, portal: { memberId, domain } };
        const message = { payload: chat, metadata, uploadKey, chat: about };
        return { how: 'send', message };
      },
    };
    return job;
  };

  const job = { type: 'openline-chats', kind: 'chats', lateHours, latePausesMs, failureOf };
  const served = { ...job, open: openWith(noted), aside: 'served' };
  const hasServed = shell.settings.flag('served', true);
  return createSyncNode(RED, shell, { ...job, open: openWith(inCrm) }, hasServed ? [served] : []);
};

export const actions: NodeActions = { lines: listPortalLines };

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
  return settings.list('extraKeys', ['upload_key', 'session_id']).map((name) => {
    const key = chatKeys.find((known) => known === name);
    if (key !== undefined) return key;
    const expected = chatKeys.join(', ');
    throw new InvalidError('CONFIG_INVALID', `extraKeys must be of ${expected}`, {
      params: { property: 'extraKeys', expected },
    });
  });
}
