import { isMap } from '../shared/params';
import type { ActionBlock, Fields, LogicBlock } from './blocks';
import type { PlacedBlock, Position } from './bot';
import { lookupIn, type ClientAction, type Flow } from './flow';
import { remember } from './flow-state';
import { brokenSession, TypebotRefusal } from './refusal';
import { shownBubble } from './shown-bubble';
import { shownInput } from './shown-input';
import { fillIn, fillText, mentionedIn, readPath, variableId } from './variables';

/** Longer than any sensible way from one question to the next. */
const longestWalk = 2000;

type Move = 'stop' | 'next' | 'path-ends' | Position;

/** Goes on until something is asked or waited for, or until there is nothing left. */
export function walk(flow: Flow, start: Position | undefined): void {
  const walker = { flow, lastBubbleId: undefined };
  let position = start ?? nextQueued(flow);
  for (let steps = 0; position; steps += 1) {
    if (steps > longestWalk) throw new TypebotRefusal(408, `${flow.timeoutSeconds} seconds timeout reached`);
    const block = flow.bot.blockAt(position);
    const move: Move = block ? step(walker, block) : 'path-ends';
    if (move === 'stop') return;
    if (move === 'next') position = after(position);
    else position = move === 'path-ends' ? nextQueued(flow) : move;
  }
}

export function after({ group, index }: Position): Position {
  return { group, index: index + 1 };
}

function nextQueued({ bot, state }: Flow): Position | undefined {
  const id = state.queue.shift();
  return id === undefined ? undefined : bot.block(id);
}

interface Walker {
  flow: Flow;
  lastBubbleId: string | undefined;
}

function step(walker: Walker, block: PlacedBlock): Move {
  const { flow } = walker;
  const { bot, state, said, format } = flow;
  if (block.kind === 'input') {
    said.input = shownInput(bot, block, lookupIn(flow));
    return standAt(flow, block);
  }
  if (block.kind === 'bubble') {
    const bubble = shownBubble(bot, block, lookupIn(flow), format);
    if (!bubble) return 'next';
    said.messages.push(bubble);
    if (block.waits === true) return standAt(flow, block);
    walker.lastBubbleId = block.id;
    return 'next';
  }
  if (block.kind === 'action') {
    if (isNoWait(block)) return 'next';
    said.actions.push(shownAction(walker, block));
    return block.expectsDedicatedReply ? standAt(flow, block) : 'next';
  }
  if (block.kind === 'set') remember(state, block.variable, fillText(block.value, lookupIn(flow)));
  return logic(flow, block, block);
}

function standAt({ state }: Flow, { id }: PlacedBlock): Move {
  state.currentBlockId = id;
  return 'stop';
}

function logic(flow: Flow, block: LogicBlock, position: Position): Move {
  switch (block.kind) {
    case 'end':
      return 'path-ends';
    case 'back':
      return goBack(flow);
    case 'jump':
      return jumpTo(flow, block.to, position);
    case 'when':
      return isTrue(flow, block) ? { group: block.to, index: 0 } : 'next';
    case 'log':
      flow.said.logs.push(block.log);
      return 'next';
    case 'set':
      return 'next';
  }
}

function isTrue({ state }: Flow, { variable, is }: LogicBlock & { kind: 'when' }): boolean {
  const value = state.variables[variable] ?? null;
  return is === undefined ? value !== null : value === is;
}

function jumpTo({ bot, state }: Flow, to: string, from: Position): Position {
  const next = bot.blockAt(after(from));
  if (next) state.returnMark = { blockId: next.id, isCalled: false, resumeWith: undefined };
  return { group: to, index: 0 };
}

function goBack({ bot, state }: Flow): Move {
  const mark = state.returnMark;
  if (!mark) return 'path-ends';
  const block = bot.block(mark.blockId);
  if (!block) throw brokenSession('Group / block not found');
  state.returnMark = mark.resumeWith ? { ...mark, isCalled: true } : undefined;
  return block;
}

function isNoWait({ action, expectsDedicatedReply }: ActionBlock): boolean {
  return !expectsDedicatedReply && readPath(action, 'wait.secondsToWaitFor') === 0;
}

function shownAction({ flow, lastBubbleId }: Walker, block: ActionBlock): ClientAction {
  const { action, expectsDedicatedReply } = block;
  const filled = fillIn(action, lookupIn(flow));
  return {
    ...(isMap(filled) ? filled : {}),
    ...scriptIn(flow, block),
    type: action.type,
    ...(lastBubbleId === undefined ? {} : { lastBubbleBlockId: lastBubbleId }),
    ...(expectsDedicatedReply ? { expectsDedicatedReply } : {}),
  };
}

/** In a script a variable is an argument, named by its id. */
function scriptIn({ bot, state }: Flow, { action }: ActionBlock): Fields {
  const script = readPath(action, 'setVariable.scriptToExecute');
  if (!isMap(script) || typeof script['content'] !== 'string') return {};
  const names = mentionedIn(script['content']).filter((name) => Object.hasOwn(state.variables, name));
  const content = fillText(script['content'], (name) =>
    names.includes(name) ? variableId(bot.name, name) : undefined,
  );
  const args = names.map((name) => ({ id: variableId(bot.name, name), value: state.variables[name] }));
  return { setVariable: { scriptToExecute: { ...script, content, args } } };
}
