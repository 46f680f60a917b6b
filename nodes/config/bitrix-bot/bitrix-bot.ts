import type { NodeAPI } from 'node-red';
import type { BotOfHub } from '../../../lib/bitrix24/hub/hub';
import { serveAction } from '../../runtime/admin-action';
import { defineNode } from '../../runtime/define-node';
import { botKind, bots, portalKind } from '../../runtime/kinds';
import { checkBot, listBotLines, listPortalBots, removePortalBot } from './bot-actions';
import { createBotBoard } from './bot-board';
import { discardChanges, listChanges } from './bot-changes';
import { createBotPlaces } from './bot-places';
import { readWish } from './bot-plan';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'bitrix-bot',
    credentials: { botToken: { type: 'password' } },
    start(shell) {
      const hub = shell.use(portalKind, 'portal');
      const plan = readWish(shell.settings, hub);
      const { wish, publicUrl, isKept } = plan;
      const board = isKept ? createBotBoard(shell, wish) : undefined;
      const places = createBotPlaces(shell, hub, plan, board);
      const bot: BotOfHub = {
        hub,
        code: wish.code,
        apiVersion: wish.apiVersion,
        botToken: wish.botToken,
        publicUrl,
        idOn: places.idOn,
        served: places.served,
      };
      shell.onClose(bots.add(bot));
      shell.offer(botKind, bot);
      if (!isKept) {
        shell.status.show('idle');
        return {};
      }
      shell.status.show('starting');
      shell.onClose(hub.onPortal(places.keep));
      return {};
    },
  });
  serveAction(RED, 'bitrix-bot', 'check', (context) => checkBot(RED, context));
  serveAction(RED, 'bitrix-bot', 'list', (context) => listPortalBots(RED, context));
  serveAction(RED, 'bitrix-bot', 'remove', (context) => removePortalBot(RED, context));
  serveAction(RED, 'bitrix-bot', 'lines', (context) => listBotLines(RED, context));
  serveAction(RED, 'bitrix-bot', 'changes', (context) => listChanges(RED, context));
  serveAction(RED, 'bitrix-bot', 'discard', (context) => discardChanges(RED, context));
};
