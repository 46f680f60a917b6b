import { systemClock } from '../../../lib/core/clock';
import { UnreachableError, toError } from '../../../lib/core/errors';
import { keepBot, type BotKeeper } from '../../../lib/bitrix24/bots/bot-keeper';
import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import type { SyncOutcome } from '../../../lib/bitrix24/bots/sync-outcome';
import type { Portal, PortalHub } from '../../../lib/bitrix24/hub/hub';
import { withChanges } from '../../../lib/bitrix24/page/bot-changes';
import { createChangeBook } from '../../../lib/bitrix24/page/change-book';
import type { BotState, ServedBot } from '../../../lib/bitrix24/page/served-bot';
import type { Shell } from '../../runtime/shell';
import type { BotBoard } from './bot-board';
import type { BotPlan } from './bot-plan';

/** A bot on all portals of its hub. */
export interface BotPlaces {
  /** An app that is installed again comes as a new portal with the same id. */
  readonly keep: (portal: Portal, isNew: boolean) => void;
  readonly idOn: (portal: Portal) => number | undefined;
  readonly served: ServedBot;
}

interface Place {
  readonly keeper: BotKeeper;
  readonly stop: AbortController;
  state: BotState;
}

/** Without a board the bot is taken as it is, on every portal. */
export function createBotPlaces(
  shell: Shell,
  hub: PortalHub,
  plan: BotPlan,
  board: BotBoard | undefined,
): BotPlaces {
  const { wish, isKept } = plan;
  const { code } = wish;
  const book = createChangeBook(hub.store);
  const ids = new Map<Portal, number>();
  const places = new Map<string, Place>();

  function keeperOn(portal: Portal, id: string, isNew: boolean, signal: AbortSignal): BotKeeper {
    const tell = (state: BotState): void => {
      const place = places.get(id);
      if (place && !signal.aborted) place.state = state;
    };
    return keepBot({
      portal,
      wish,
      isNew,
      signal,
      // Only an app has a page inside the portal where somebody could have changed anything.
      overlay: hub.kind === 'app' ? changedOn(id) : undefined,
      store: hub.store,
      // The id of a portal that is reached by a webhook is known to one process earlier than to another.
      place: hub.kind === 'app' ? id : portal.domain,
      clock: systemClock,
      onSynced({ botId, did, notes }) {
        ids.set(portal, botId);
        tell({ kind: 'registered', botId, notes });
        board?.onSynced(portal, botId);
        if (did.length > 0) shell.log(`${portal.domain}: ${did.join(', ')} (${code}, id ${botId})`);
        for (const { message } of notes) shell.log(`${portal.domain}: ${message}`);
      },
      onFailure(error, willRetry) {
        tell({ kind: willRetry ? 'waiting' : 'failed', error });
        board?.onFailure(portal, error);
        if (!willRetry) shell.report(error);
      },
      onPoller: (state) => board?.onPoller(portal, state),
      deliver: (event) => hub.deliver(event, {}),
      onUnreadable: (error) => shell.warn(error),
    });
  }

  const changedOn =
    (memberId: string) =>
    async (own: BotWish): Promise<BotWish> =>
      withChanges(own, await book.settle({ memberId, code }, own));

  async function syncOn(memberId: string): Promise<SyncOutcome> {
    const place = places.get(memberId);
    if (!place)
      throw new UnreachableError('BITRIX_UNREACHABLE', 'the portal is not connected', { sent: false });
    try {
      return await place.keeper.syncNow();
    } catch (thrown) {
      place.state = { kind: 'failed', error: toError(thrown) };
      throw thrown;
    }
  }

  return {
    keep(portal, isNew) {
      const id = portal.memberId ?? portal.domain;
      places.get(id)?.stop.abort();
      const stop = new AbortController();
      const keeper = keeperOn(portal, id, isNew, AbortSignal.any([shell.signal, stop.signal]));
      places.set(id, { keeper, stop, state: { kind: 'waiting', error: undefined } });
      shell.onClose(() => keeper.stopped());
    },
    idOn: (portal) => ids.get(portal),
    served: {
      code,
      own: wish,
      isKept,
      stateOn: (memberId) => places.get(memberId)?.state ?? { kind: 'waiting', error: undefined },
      syncOn,
    },
  };
}
