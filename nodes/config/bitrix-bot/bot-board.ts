import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import type { PollerState } from '../../../lib/bitrix24/events/fetch-poller';
import type { Portal } from '../../../lib/bitrix24/hub/hub';
import { overview, troubleOf, type BotPlace, type PollerProgress } from '../../runtime/overview';
import type { Shell } from '../../runtime/shell';

type Place = Pick<Portal, 'domain'>;

/** How the bot is on each portal: in the node's status and in the panel. */
export interface BotBoard {
  onSynced(portal: Place, botId: number): void;
  onFailure(portal: Place, error: Error): void;
  onPoller(portal: Place, state: PollerState): void;
}

export function createBotBoard(
  { id, name, status, onClose, recovered }: Pick<Shell, 'id' | 'name' | 'status' | 'onClose' | 'recovered'>,
  { code, eventMode = 'webhook' }: Pick<BotWish, 'code' | 'eventMode'>,
  /** What is wrong with the bot on any of its portals; undefined when nothing is any more. */
  onTrouble: (error: Error | undefined) => void,
): BotBoard {
  const places = new Map<string, BotPlace>();
  /** What is wrong with the bot itself, by portal. */
  const wrong = new Map<string, Error>();
  const pollers = new Map<string, PollerState>();
  onClose(
    overview.add('bot', () => {
      const poller = progressOf([...pollers.values()]);
      return { id, name, code, mode: eventMode, portals: [...places.values()], poller };
    }),
  );

  /** A bot that is not as it should be is not hidden by how its events come. */
  function show(): void {
    const [error] = [...wrong.values(), ...[...pollers.values()].flatMap((one) => one.error ?? [])];
    onTrouble(error);
    if (error) return status.fail(error);
    if (places.size > 0) recovered();
    const fetching = worstOf([...pollers.values()])?.state;
    if (fetching === 'elsewhere') return status.show('idle', 'bitrix-bot.status.elsewhere');
    status.show(fetching === 'waiting' ? 'starting' : 'ready');
  }

  return {
    onSynced({ domain }, botId) {
      places.set(domain, { domain, botId, state: 'ready' });
      wrong.delete(domain);
      show();
    },
    onFailure({ domain }, error) {
      status.fail(error);
      wrong.set(domain, error);
      onTrouble(error);
      const { word: state } = status.now();
      places.set(domain, { ...places.get(domain), domain, state, lastError: troubleOf(error) });
    },
    onPoller({ domain }, state) {
      pollers.set(domain, state);
      show();
    },
  };
}

/** Where somebody has to look first; that others fetch for one portal says the least. */
const order: readonly PollerState['state'][] = ['failing', 'ok', 'waiting', 'elsewhere'];

function worstOf(pollers: readonly PollerState[]): PollerState | undefined {
  return order.flatMap((state) => pollers.filter((one) => one.state === state)).at(0);
}

/** Of all portals together. */
function progressOf(pollers: readonly PollerState[]): PollerProgress | undefined {
  const worst = worstOf(pollers);
  if (!worst) return undefined;
  const { state, failures, error } = worst;
  const taken = pollers.reduce((sum, one) => sum + one.taken, 0);
  return { state, taken, failures, lastError: error && troubleOf(error) };
}
