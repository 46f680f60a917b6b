import type { NodeAPI } from 'node-red';
import { systemClock } from '../../../lib/core/clock';
import { createBotRecords } from '../../../lib/bitrix24/hub/bot-records';
import { keepBot } from '../../../lib/bitrix24/bots/bot-keeper';
import type { BotOfHub, Portal, PortalHub } from '../../../lib/bitrix24/hub/hub';
import { serveAction } from '../../runtime/admin-action';
import { defineNode } from '../../runtime/define-node';
import { botKind, bots, portalKind } from '../../runtime/kinds';
import type { Shell } from '../../runtime/shell';
import { checkBot, listBotLines, listPortalBots, removePortalBot } from './bot-actions';
import { createBotBoard, type BotBoard } from './bot-board';
import { readWish, type BotPlan } from './bot-plan';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-bot',
    credentials: { botToken: { type: 'password' } },
    start(shell) {
      const hub = shell.use(portalKind, 'portal');
      const plan = readWish(shell.settings, hub);
      const ids = new Map<Portal, number>();
      const bot: BotOfHub = {
        hub,
        code: plan.wish.code,
        apiVersion: plan.wish.apiVersion,
        botToken: plan.wish.botToken,
        publicUrl: plan.publicUrl,
        idOn: (portal) => ids.get(portal),
      };
      shell.onClose(bots.add(bot));
      shell.offer(botKind, bot);
      if (!plan.isKept) {
        shell.status.show('idle');
        return {};
      }
      shell.status.show('starting');
      const board = createBotBoard(shell, plan.wish);
      const keep = keeper(shell, plan, ids, board);
      shell.onClose(hub.onPortal((portal, isNew) => keep(hub, portal, isNew)));
      return {};
    },
  });
  serveAction(RED, 'bitrix-bot', 'check', (context) => checkBot(RED, context));
  serveAction(RED, 'bitrix-bot', 'list', (context) => listPortalBots(RED, context));
  serveAction(RED, 'bitrix-bot', 'remove', (context) => removePortalBot(RED, context));
  serveAction(RED, 'bitrix-bot', 'lines', (context) => listBotLines(RED, context));
};

/** One keeper a portal: an app that is installed again comes as a new portal with the same id. */
function keeper(shell: Shell, { wish }: BotPlan, ids: Map<Portal, number>, board: BotBoard) {
  const running = new Map<string, AbortController>();
  return (hub: PortalHub, portal: Portal, isNew: boolean): void => {
    const id = portal.memberId ?? portal.domain;
    running.get(id)?.abort();
    const stop = new AbortController();
    running.set(id, stop);
    const keeping = keepBot({
      portal,
      wish,
      isNew,
      records: createBotRecords(hub.store, id, wish.code),
      clock: systemClock,
      signal: AbortSignal.any([shell.signal, stop.signal]),
      onSynced({ botId, did, notes }) {
        ids.set(portal, botId);
        board.onSynced(portal, botId);
        if (did.length > 0) shell.log(`${portal.domain}: ${did.join(', ')} (${wish.code}, id ${botId})`);
        for (const { message } of notes) shell.log(`${portal.domain}: ${message}`);
      },
      onFailure(error, willRetry) {
        board.onFailure(portal, error);
        if (!willRetry) shell.report(error);
      },
      onPoller: (state) => board.onPoller(state),
      deliver: (event) => hub.deliver(event, {}),
      onUnreadable: (error) => shell.warn(error),
    });
    shell.onClose(() => keeping);
  };
}
