import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../../lib/core/errors';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import type { BotOfHub, PortalHub } from '../../../lib/bitrix24/hub/hub';
import type { InstallOutcome, RefusedInstall } from '../../../lib/bitrix24/oauth';
import { receiveEvents } from '../../runtime/bitrix-webhook';
import { createPortalKeeper, type KeeperPlace } from '../../runtime/inboxes';
import { bots, portalKind, storeKind } from '../../runtime/kinds';
import { tellOfLeftEvents } from '../../runtime/left-behind';
import { metrics, overview, troubleOf } from '../../runtime/overview';
import type { NodeActions, StartNode } from '../../runtime/register-node';
import type { Shell } from '../../runtime/shell';
import { showStoreInPanel } from '../../runtime/store-part';
import { leaseSharedStore, showStore, storeFolder, tellOfStore, type StoreOffer } from '../../runtime/stores';
import { checkConnection, makeLink } from './check-connection';
import { openAppHub, openWebhookHub } from './hubs';
import { createReachBoard, type NoteReach } from './reach-board';

export const start: StartNode = (RED, shell) => {
  const { settings } = shell;
  const store = storeOf(RED, shell);
  const say: KeeperPlace['say'] = (key, params) => shell.log(shell.translate(key, params));
  const keeper = createPortalKeeper(RED, { ...store, say }, shell.id);
  shell.onClose(() => keeper.close());
  tellOfLeftEvents(RED, shell, store, 'portal');
  const place = { store, keeper, onReach: createReachBoard(shell) };
  let refusals = 0;
  const listeners = listenersOf(shell, place.onReach, () => (refusals += 1));
  const botsOf = (owner: PortalHub): BotOfHub[] => bots.of(owner);
  const hub =
    settings.choice('authType', ['webhook', 'app']) === 'app'
      ? openAppHub(settings, place, botsOf, listeners)
      : openWebhookHub(settings, place, botsOf, listeners);
  shell.onClose(hub.close);
  keeper.serve(hub);
  if (RED.settings.httpNodeRoot === false) shell.warn(new InvalidError('HTTP_OFF', 'httpNodeRoot is false'));
  shell.onClose(receiveEvents(RED, hub.path, hub.gate));
  shell.offer(portalKind, hub);
  shell.onClose(
    overview.add('portal', () => {
      const { word, error } = shell.status.now();
      const state = word === 'idle' ? 'ready' : word;
      const domains = hub.portals().map(({ domain }) => domain);
      const { id, name } = shell;
      const lastError = error && troubleOf(error);
      const lastEventAt = keeper.lastKeptAt();
      return { id, name, authType: hub.kind, domains, state, lastEventAt, refused: refusals, lastError };
    }),
  );
  return {};
};

export const actions: NodeActions = {
  check: checkConnection,
  link: makeLink,
};

/** A store node speaks for itself; the shared store has nobody else to speak for it. */
function storeOf(RED: NodeAPI, shell: Shell): StoreOffer {
  const chosen = shell.useOptional(storeKind, 'store');
  if (chosen) {
    showStore(shell, chosen);
    return chosen;
  }
  const shared = leaseSharedStore(RED);
  shell.onClose(shared.release);
  shell.onClose(showStoreInPanel({ id: '', name: '', folder: storeFolder(RED) }, shared));
  tellOfStore(shell, 'bitrix-portal', shared);
  // Opened now and not with the first event; how that ends is told by its state.
  shared.source().catch(() => undefined);
  return shared;
}

/** What only a person with this Node-RED can mend; whatever else is refused may be a stranger knocking. */
const ours: ReadonlySet<string> = new Set(['auth-host', 'auth-server', 'store', 'unexpected']);

function listenersOf(shell: Shell, noteReach: NoteReach, onRefused: () => void) {
  return {
    onOutcome(outcome: InstallOutcome): void {
      if (outcome.kind !== 'refused') {
        // One that went without the app keeps nothing red, one that came back has a new key.
        noteReach(outcome.domain, undefined);
        shell.status.show('ready');
        shell.recovered();
      } else if (ours.has(outcome.reason)) shell.report(outcome.error ?? refused(outcome.reason));
      else shell.warn(refused(outcome.reason));
    },
    onFailure: (error: Error): void => shell.report(error),
    onPageRefused({ reason, error }: RefusedInstall): void {
      if (ours.has(reason)) shell.report(error ?? refused(reason));
    },
    onOff: (): void => metrics.count('bitlane_events_dropped_total', { reason: 'off' }),
    onRefused(): void {
      onRefused();
      shell.warn(new InvalidError('EVENT_REFUSED', 'an event had a wrong application token'));
    },
    onShared: (): void =>
      shell.warn(new InvalidError('EVENT_CONFLICT', 'another bitrix-portal node took an event')),
    onUnwanted({ bot }: BitrixEvent): void {
      const params = { bot: bot.code };
      shell.warn(
        new InvalidError('EVENT_UNWANTED', `no bitrix-in node takes events of ${bot.code}`, { params }),
      );
    },
  };
}

function refused(reason: string): InvalidError {
  return new InvalidError('BITRIX_INSTALL_REFUSED', `an installation was refused: ${reason}`, {
    params: { reason },
  });
}
