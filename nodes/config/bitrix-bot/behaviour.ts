import type { BotOfHub } from '../../../lib/bitrix24/hub/hub';
import { botTroubles } from '../../runtime/bot/bot-troubles';
import { botKind, bots, portalKind } from '../../runtime/kinds';
import type { NodeActions, StartNode } from '../../runtime/register-node';
import { checkBot, listBotLines, listPortalBots, removePortalBot } from './bot-actions';
import { createBotBoard } from './bot-board';
import { discardChanges, listChanges } from './bot-changes';
import { createBotPlaces } from './bot-places';
import { readWish } from './bot-plan';

export const start: StartNode = (_RED, shell) => {
  const hub = shell.use(portalKind, 'portal');
  const plan = readWish(shell.settings, hub);
  const { wish, publicUrl, isKept } = plan;
  const board = isKept ? createBotBoard(shell, wish, (error) => botTroubles.note(bot, error)) : undefined;
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
};

export const actions: NodeActions = {
  check: checkBot,
  list: listPortalBots,
  remove: removePortalBot,
  lines: listBotLines,
  changes: listChanges,
  discard: discardChanges,
};
