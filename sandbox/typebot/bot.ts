import type { Block, BotEvent, Fields, InputBlock, Item } from './blocks';
import { steadyId } from './ids';
import { variableId } from './variables';

export const botStates = ['published', 'unpublished', 'archived', 'closed', 'suspended'] as const;
export type BotState = (typeof botStates)[number];

export interface TypingEmulation {
  enabled?: boolean;
  /** Words a minute. */
  speed?: number;
  /** Seconds. */
  maxDelay?: number;
  delayBetweenBubbles?: number;
  isDisabledOnFirstMessage?: boolean;
}

export interface BotSettings {
  typingEmulation?: TypingEmulation;
  /** "Remember user": an earlier `resultId` is honoured. */
  rememberUser?: boolean;
  invalidMessage?: string;
  closedMessage?: string;
  /** None: from everywhere. */
  allowedOrigins?: readonly string[];
  /** Sent as the first action of a start. */
  startProps?: Fields;
}

export interface BotInit {
  /** The public id as well. */
  name: string;
  /** Those of its answers need not be named here. */
  variables?: readonly string[];
  /** The first one is where it starts. */
  groups: Readonly<Record<string, readonly Block[]>>;
  events?: readonly BotEvent[];
  settings?: BotSettings;
  /** Default `published`. */
  state?: BotState;
}

export interface Position {
  group: string;
  index: number;
}

interface Placed extends Position {
  id: string;
}

export type PlacedBlock = Block<Item> & Placed;
export type PlacedInput = InputBlock<Item> & Placed;

export interface Bot {
  readonly name: string;
  /** As in the builder's address. The public id is the name. */
  readonly id: string;
  state: BotState;
  readonly settings: BotSettings;
  readonly variables: readonly string[];
  readonly events: readonly BotEvent[];
  readonly start: Position;
  readonly publishedAt: string;
  blockAt: (position: Position) => PlacedBlock | undefined;
  block: (id: string) => PlacedBlock | undefined;
  hasGroup: (name: string) => boolean;
  /** For the tests: the blocks of a kind, in order. */
  inputs: () => readonly PlacedInput[];
}

export function createBot(init: BotInit, now: number): Bot {
  const { name, groups, events = [], settings = {}, state = 'published' } = init;
  const [firstGroup] = Object.keys(groups);
  if (firstGroup === undefined) throw new Error(`${name} has no group`);
  const placed = new Map<string, readonly PlacedBlock[]>(
    Object.entries(groups).map(([group, blocks]) => [
      group,
      blocks.map((block, i) => place(name, block, group, i)),
    ]),
  );
  const all = [...placed.values()].flat();
  const missing = targetsIn(all, events).find((group) => !placed.has(group));
  if (missing !== undefined) throw new Error(`${name} leads to ${missing}, which it does not have`);
  const byId = new Map(all.map((block) => [block.id, block]));
  return {
    name,
    id: steadyId('bot', name),
    state,
    settings,
    variables: [...new Set([...(init.variables ?? []), ...all.flatMap(variablesOf), ...savedBy(events)])],
    events,
    start: { group: firstGroup, index: 0 },
    publishedAt: new Date(now).toISOString(),
    blockAt: ({ group, index }) => placed.get(group)?.[index],
    block: (id) => byId.get(id),
    hasGroup: (group) => placed.has(group),
    inputs: () => all.filter((block) => block.kind === 'input'),
  };
}

function place(botName: string, block: Block, group: string, index: number): PlacedBlock {
  const place = { id: steadyId(botName, group, index), group, index };
  if (block.kind !== 'input') return { ...block, ...place };
  const items = block.items.map((item, i) => ({
    ...item,
    id: item.id ?? steadyId(place.id, 'item', i),
    ...(item.paths
      ? { paths: item.paths.map((path, j) => ({ id: steadyId(place.id, i, j), ...path })) }
      : {}),
  }));
  return { ...block, items, ...place };
}

function targetsIn(blocks: readonly PlacedBlock[], events: readonly BotEvent[]): string[] {
  const ofBlocks = blocks.flatMap((block) => {
    if (block.kind === 'jump' || block.kind === 'when') return [block.to];
    if (block.kind !== 'input') return [];
    return block.items.flatMap(({ to, paths = [] }) => [to, ...paths.map((path) => path.to)]);
  });
  return [...ofBlocks, ...events.map(({ to }) => to)].filter((group) => group !== undefined);
}

function variablesOf(block: PlacedBlock): string[] {
  const names: (string | undefined)[] = [];
  if (block.kind === 'set' || block.kind === 'when') names.push(block.variable);
  if (block.kind === 'bubble') names.push(block.save);
  if (block.kind === 'input') {
    names.push(block.save, block.attachmentsTo, block.audioTo, block.itemsFrom);
    names.push(...Object.values(block.saveFields ?? {}));
  }
  if (block.kind === 'action' && block.reply)
    names.push(...(block.reply.as === 'value' ? [block.reply.variable] : Object.keys(block.reply.mapping)));
  return names.filter((name) => name !== undefined);
}

function savedBy(events: readonly BotEvent[]): string[] {
  return events.flatMap((event) =>
    event.kind !== 'command' && event.save !== undefined ? [event.save] : [],
  );
}

export function variableIdIn(bot: Bot, name: string | undefined): string | undefined {
  return name === undefined ? undefined : variableId(bot.name, name);
}
