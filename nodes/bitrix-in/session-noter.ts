import { systemClock } from '../../lib/core/clock';
import { toError } from '../../lib/core/errors';
import { placeOf } from '../../lib/bitrix24/chats/portal-place';
import { createSessionNotes } from '../../lib/bitrix24/chats/session-notes';
import type { BitrixEvent } from '../../lib/bitrix24/events/event';
import type { PortalHub } from '../../lib/bitrix24/hub/hub';
import type { Shell } from '../runtime/shell';

/** Each of them is looked up once more when it is met again later. */
const mostRemembered = 2000;

/**
 * Notes the sessions of Open Channels that events tell of, so that `openline-chats` finds those the CRM does not know.
 * Nobody waits for it: it resolves nothing, throws nothing, and a session that could not be noted is tried again with
 * its next event.
 */
export function createSessionNoter(
  shell: Pick<Shell, 'signal' | 'warn'>,
  hub: Pick<PortalHub, 'kind' | 'find' | 'store'>,
): (event: Pick<BitrixEvent, 'portal' | 'openline' | 'chatId'>) => void {
  const noted = new Set<string>();

  function isFirst(session: string): boolean {
    if (noted.has(session)) return false;
    noted.add(session);
    const [oldest] = noted;
    if (noted.size > mostRemembered && oldest !== undefined) noted.delete(oldest);
    return true;
  }

  return ({ portal: owner, openline, chatId }) => {
    const sessionId = openline?.sessionId ?? undefined;
    if (!openline || sessionId === undefined) return;
    const session = `${owner.memberId}:${owner.domain}:${sessionId}`;
    const portal = hub.find(owner);
    if (!portal || !isFirst(session)) return;
    const notes = createSessionNotes({ store: hub.store, place: placeOf(hub, portal), clock: systemClock });
    const { lineId } = openline;
    const where = { ...(chatId !== null && { chatId }), ...(lineId !== null && { line: lineId }) };
    notes.add({ sessionId, ...where }).catch((error: unknown) => {
      noted.delete(session);
      if (!shell.signal.aborted) shell.warn(toError(error));
    });
  };
}
