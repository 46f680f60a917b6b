import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import type { PollerState } from '../../../lib/bitrix24/events/fetch-poller';
import type { Portal } from '../../../lib/bitrix24/hub/hub';
import { overview, troubleOf, type BotPlace, type PollerProgress } from '../../runtime/overview';
import type { Shell } from '../../runtime/shell';

/** How the bot is on each portal: in the node's status and in the panel. */
export interface BotBoard {
  onSynced(portal: Portal, botId: number): void;
  onFailure(portal: Portal, error: Error): void;
  onPoller(state: PollerState): void;
}

export function createBotBoard(
  shell: Shell,
  { code, eventMode = 'webhook' }: Pick<BotWish, 'code' | 'eventMode'>,
): BotBoard {
  const places = new Map<string, BotPlace>();
  let poller: PollerProgress | undefined;
  const { id, name } = shell;
  shell.onClose(
    overview.add('bot', () => ({ id, name, code, mode: eventMode, portals: [...places.values()], poller })),
  );
  return {
    onSynced({ domain }, botId) {
      places.set(domain, { domain, botId, state: 'ready' });
      shell.status.show('ready');
    },
    onFailure({ domain }, error) {
      shell.status.fail(error);
      const { word: state } = shell.status.now();
      places.set(domain, { ...places.get(domain), domain, state, lastError: troubleOf(error) });
    },
    onPoller({ state, taken, failures, error }) {
      const isElsewhere = state === 'elsewhere';
      poller = {
        state: isElsewhere ? 'waiting' : state,
        taken,
        failures,
        lastError: error && troubleOf(error),
      };
      if (error) shell.status.fail(error);
      else if (isElsewhere) shell.status.show('idle', 'bitrix-bot.status.elsewhere');
      else shell.status.show(state === 'waiting' ? 'starting' : 'ready');
    },
  };
}
