import type { NodeAPI } from 'node-red';
import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import type { CommandWish } from '../../../lib/bitrix24/bots/command-wish';
import type { BotOfHub } from '../../../lib/bitrix24/hub/hub';
import {
  effectiveChanges,
  isUnchanged,
  keyOf,
  unchanged,
  withChanges,
  type BotChanges,
} from '../../../lib/bitrix24/page/bot-changes';
import { createChangeBook } from '../../../lib/bitrix24/page/change-book';
import type { ServedBot } from '../../../lib/bitrix24/page/served-bot';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import type { Translate } from '../../runtime/explain';
import { botKind } from '../../runtime/kinds';

/** What one portal's administrator has changed of the bot, for the dialog. */
export interface PortalChanges {
  memberId: string;
  sentence: string;
  /** What the dialog's own fields would have to say for it; whether a bot is on is no field. */
  fields: { botName?: string; avatar?: string; commands?: readonly CommandWish[] };
}

interface DeployedBot {
  hub: BotOfHub['hub'];
  served: ServedBot;
}

/** Of the bot as it is deployed: a dialog that is not deployed yet has no portal. */
export async function listChanges(RED: NodeAPI, { id, translate }: ActionContext): Promise<ActionAnswer> {
  const deployed = deployedBot(RED, id);
  if (!deployed) return { ok: true, message: '', details: [] };
  const { hub, served } = deployed;
  const book = createChangeBook(hub.store);
  const details: PortalChanges[] = [];
  for (const { memberId, domain } of hub.portals()) {
    if (memberId === undefined) continue;
    const changes = effectiveChanges(served.own, await book.load({ memberId, code: served.code }));
    if (isUnchanged(changes)) continue;
    const what = wordsFor(changes, translate).join(', ');
    const sentence = translate('bitrix-bot.changes.sentence', { domain, what });
    details.push({ memberId, sentence, fields: fieldsFor(served.own, changes) });
  }
  return { ok: true, message: '', details };
}

export async function discardChanges(
  RED: NodeAPI,
  { id, settings, translate }: ActionContext,
): Promise<ActionAnswer> {
  const memberId = settings.required('memberId');
  const deployed = deployedBot(RED, id);
  if (!deployed) return { ok: false, message: translate('bitrix-bot.changes.away') };
  const { hub, served } = deployed;
  const book = createChangeBook(hub.store);
  const key = { memberId, code: served.code };
  await book.inTurn(key, async () => {
    await book.save(key, unchanged);
    if (served.isKept) await served.syncOn(memberId);
  });
  return { ok: true, message: translate('bitrix-bot.changes.discarded') };
}

function deployedBot(RED: NodeAPI, id: string | undefined): DeployedBot | undefined {
  const node: object | null = id === undefined ? null : RED.nodes.getNode(id);
  const bot = node === null ? undefined : botKind.offers.get(node)?.value;
  return bot?.served && bot.hub.kind === 'app' ? { hub: bot.hub, served: bot.served } : undefined;
}

function wordsFor({ name, picture, isOff, commands }: BotChanges, translate: Translate): string[] {
  const list = commands.map(({ command }) => `/${keyOf(command)}`).join(' ');
  return [
    ...(name === undefined ? [] : [translate('bitrix-bot.changes.name', { name })]),
    ...(picture === undefined ? [] : [translate('bitrix-bot.changes.picture')]),
    ...(list === '' ? [] : [translate('bitrix-bot.changes.commands', { list })]),
    ...(isOff ? [translate('bitrix-bot.changes.off')] : []),
  ];
}

function fieldsFor(own: BotWish, changes: BotChanges): PortalChanges['fields'] {
  return {
    ...(changes.name !== undefined && { botName: changes.name }),
    ...(changes.picture !== undefined && { avatar: changes.picture }),
    ...(changes.commands.length > 0 && { commands: withChanges(own, changes).commands }),
  };
}
