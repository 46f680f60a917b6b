import { createFormMemory, forgiving } from '../../../lib/conversation/forms/form-memory';
import { dialogTemplate } from '../../../lib/conversation/session/dialog-names';
import { systemClock } from '../../../lib/core/clock';
import type { RunKind } from '../../../lib/dify/answer';
import type { DifyClient } from '../../../lib/dify/client';
import type { Shell } from '../shell';
import type { StoreOffer } from '../stores';
import { createFormDesk, type FormDesk } from './form-desk';

const dialogKey = dialogTemplate('{memberId}:{botId}:{dialogId}', 'store');

/** The forms of a node's app, remembered for each dialog and for whom its runs are. */
export function formsOfNode(
  shell: Shell,
  store: StoreOffer,
  { client, kind }: { client: DifyClient; kind: RunKind },
): FormDesk {
  // Another app in the same dialog has forms of its own.
  const app = shell.settings.text('app');
  const onNotice = (notice: Error): void => {
    // A store that closes with the node is nothing to mend.
    if (!shell.signal.aborted) shell.warn(notice);
  };
  return createFormDesk({
    client,
    kind,
    memory: forgiving(createFormMemory(store.source), onNotice),
    keyOf({ dialog, user }) {
      const key = dialogKey(dialog);
      return key === undefined ? undefined : `dify-forms:${key}:${app}:${user}`;
    },
    clock: systemClock,
    onNotice,
  });
}
