import type { BotWish } from '../bots/bot-wish';
import type { CommandWish } from '../bots/command-wish';
import { effectiveChanges, keyOf, revisionOf, withChanges, type BotChanges } from './bot-changes';
import { problemOf, type Problem } from './page-answer';
import { pictureAddress } from './picture';
import type { BotState, ServedBot } from './served-bot';

/** A bot as the page shows it. Plain JSON; no token. */
export interface BotView {
  readonly code: string;
  readonly name: string;
  /** A `data:` address. */
  readonly picture: string | undefined;
  readonly isOn: boolean;
  readonly canBeEdited: boolean;
  readonly revision: string;
  readonly state: StateView;
  readonly commands: readonly CommandView[];
  readonly changed: ChangedView;
}

export type StateView =
  | { kind: 'registered'; id: number }
  /** The portal has no say in it, or has not been asked yet. */
  | { kind: 'waiting' | 'unkept' | 'failed'; problem?: Problem };

export interface CommandView {
  readonly name: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly isHidden: boolean;
}

/** What is not as the integrator has it. */
export interface ChangedView {
  readonly name: boolean;
  readonly picture: boolean;
  /** Their names; the ones that were taken away too. */
  readonly commands: readonly string[];
}

export function viewOf(bot: ServedBot, memberId: string, changes: BotChanges): BotView {
  const { code, own } = bot;
  const shown = withChanges(own, changes);
  return {
    code,
    name: shown.botName,
    picture: pictureAddress(shown.avatar ?? ''),
    isOn: !changes.isOff,
    canBeEdited: bot.isKept,
    revision: revisionOf(own, changes),
    state: bot.isKept ? stateView(bot.stateOn(memberId)) : { kind: 'unkept' },
    commands: shown.commands.map(commandView),
    changed: changedView(own, changes),
  };
}

export function changedView(own: BotWish, changes: BotChanges): ChangedView {
  const { name, picture, commands } = effectiveChanges(own, changes);
  return {
    name: name !== undefined,
    picture: picture !== undefined,
    commands: commands.map(({ command }) => keyOf(command)),
  };
}

function stateView(state: BotState): StateView {
  if (state.kind === 'registered') return { kind: 'registered', id: state.botId };
  const problem = state.error && problemOf(state.error);
  return { kind: state.kind, ...(problem && { problem }) };
}

function commandView({ command, title, params, hidden }: CommandWish): CommandView {
  return {
    name: command.trim().replace(/^\//, ''),
    titles: { ...title },
    params: { ...params },
    isHidden: hidden ?? false,
  };
}
