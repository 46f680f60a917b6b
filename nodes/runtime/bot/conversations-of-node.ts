import { dialogTemplate } from '../../../lib/conversation/session/dialog-names';
import { createSessions, sessionKeyTemplate } from '../../../lib/conversation/session/sessions';
import { toError } from '../../../lib/core/errors';
import type { Shell } from '../shell';
import type { StoreOffer } from '../stores';
import {
  conversationsOfMessages,
  keptConversations,
  noConversations,
  sessionModes,
  type Conversations,
} from './conversations';

/** Conversations as the properties `session`, `ttlSeconds` and `sliding` of a bot node want them. */
export function conversationsOfNode(shell: Shell, store: StoreOffer): Conversations {
  const { settings } = shell;
  const mode = settings.choice('session', sessionModes);
  const ttlMs = settings.number('ttlSeconds', 86_400, { min: 1, max: 315_360_000 }) * 1000;
  const sliding = settings.flag('sliding', true);
  if (mode === 'none') return noConversations;
  if (mode === 'message') return conversationsOfMessages;
  return keptConversations({
    store: store.source,
    sessions: createSessions(store.source, { ttlMs, sliding }),
    keyOf: dialogTemplate(sessionKeyTemplate, 'session', { keyPrefix: store.keyPrefix }),
    onUnsaved(error) {
      // A store that closes with the node is nothing to mend.
      if (!shell.signal.aborted) shell.warn(toError(error));
    },
  });
}
