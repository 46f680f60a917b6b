import { systemClock } from '../../lib/core/clock';
import { toError } from '../../lib/core/errors';
import { at } from '../../lib/core/fields';
import { createPersonBook } from '../../lib/conversation/handover/person-book';
import { createIdleWatch, type IdleWatch } from '../../lib/conversation/session/idle-watch';
import { readReplyTarget } from '../../lib/bitrix24/reply/target';
import type { StoreSource } from '../../lib/store/store';
import { lineDialogOf } from '../runtime/bot/line-dialog';
import { bots } from '../runtime/kinds';
import type { Shell } from '../runtime/shell';
import { idleMessage } from './idle-message';

/** Of the process: what one node ends must not be missed by another one. */
const watches = new Set<IdleWatch>();

/** Nobody waits for another word in a session that is over. */
export async function endSilence(session: string): Promise<void> {
  for (const watch of [...watches]) await watch.forget(session);
}

/** The second output speaks by itself when nobody else does. */
export function watchSilence(shell: Shell, store: StoreSource): IdleWatch | undefined {
  const idleMs = shell.settings.number('idleMinutes', 0) * 60_000;
  if (idleMs === 0) return undefined;
  const onTrouble = (error: unknown): void => {
    // A store that closes with the node is nothing to mend.
    if (!shell.signal.aborted) shell.warn(toError(error));
  };

  async function tell(memo: unknown): Promise<void> {
    if (!(await hasPerson(at(memo, 'bitrix'), store))) shell.emit([null, idleMessage(memo)]);
  }

  const watch = createIdleWatch({
    store,
    owner: shell.id,
    idleMs,
    clock: systemClock,
    onIdle: (memo) => void tell(memo).catch(onTrouble),
    onTrouble,
  });
  watches.add(watch);
  shell.onClose(() => {
    watches.delete(watch);
    watch.close();
  });
  watch.open().catch(onTrouble);
  return watch;
}

/** What is said to a person does not come by the bot, which would only think that nobody speaks. */
async function hasPerson(bitrix: unknown, store: StoreSource): Promise<boolean> {
  const dialog = lineDialogOf(bitrix);
  if (!dialog) return false;
  const { owner, bot } = readReplyTarget(bitrix);
  const book = createPersonBook(bots.find(owner, bot.code)?.hub.store ?? store);
  return book.hasPerson(dialog, { texts: [''], isOwned: false }, { afterMs: 0, words: [] });
}
