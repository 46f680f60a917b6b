import type { BotEvent } from './blocks';
import type { Position } from './bot';
import type { Flow } from './flow';
import { remember } from './flow-state';
import type { InputMessage } from './messages';
import { badRequest } from './refusal';

type ReplyEventKind = 'reply' | 'invalid-reply';

/** Where the command leads; it is known before anything has changed. */
export function runCommand({ bot, state }: Flow, command: string): Position {
  const event = bot.events.find((one) => one.kind === 'command' && one.command === command);
  if (event?.kind !== 'command') throw badRequest('Command event not found');
  if (event.to === undefined) throw badRequest("Command event doesn't have a connected edge");
  if (state.currentBlockId !== undefined) {
    if (event.resumeAfter === true) state.queue.unshift(state.currentBlockId);
    else state.returnMark = { blockId: state.currentBlockId, isCalled: false, resumeWith: undefined };
  }
  state.events.push({ kind: 'command', command });
  return { group: event.to, index: 0 };
}

export type ReplyEvent = BotEvent & { kind: ReplyEventKind };

export function replyEvent({ bot }: Flow, kind: ReplyEventKind): ReplyEvent | undefined {
  const event = bot.events.find((one) => one.kind === kind);
  return event && event.kind !== 'command' ? { ...event, kind } : undefined;
}

/** `back()` in an event of any reply lets that reply count; in one of a wrong reply it asks again. */
export function runReplyEvent(
  { state }: Flow,
  { kind, to, save }: ReplyEvent,
  reply: InputMessage | undefined,
): Position {
  const text = reply && (reply.type === 'audio' ? reply.url : reply.text);
  remember(state, save, text);
  state.events.push({ kind, text });
  if (state.currentBlockId !== undefined)
    state.returnMark = {
      blockId: state.currentBlockId,
      isCalled: false,
      resumeWith: kind === 'reply' ? reply : undefined,
    };
  return { group: to, index: 0 };
}
