import type { PlacedBlock, PlacedInput, Position } from './bot';
import { takeClientReply } from './client-replies';
import { expectsReply, lookupIn, nothingSaid, type Flow, type Said } from './flow';
import { replyEvent, runCommand, runReplyEvent } from './flow-events';
import { remember, rememberAnswer } from './flow-state';
import type { InputMessage, Message } from './messages';
import { brokenSession } from './refusal';
import { checkReply } from './reply-check';
import { sentence } from './shown-bubble';
import { shownInput } from './shown-input';
import { fillText } from './variables';
import type { Verdict } from './verdict';
import { after, walk } from './walk';

/** What the client would see before it could answer. */
const shownInputs = ['cards', 'picture choice input', 'choice input', 'payment input'];

/** The first message counts only where the bot has nothing to say before it, and asks without choices. */
export function startFlow(flow: Flow, message: Message | undefined, start: Position = flow.bot.start): void {
  walk(flow, start);
  const { said, state } = flow;
  const isTaken =
    said.messages.length === 0 && !expectsReply(said) && !shownInputs.includes(said.input?.type ?? '');
  if (!message || !isTaken || state.currentBlockId === undefined) return;
  const before = said;
  flow.said = nothingSaid();
  continueFlow(flow, message);
  flow.said = joined(before, flow.said);
}

export function continueFlow(flow: Flow, message: Message | undefined, isResumed = false): void {
  const { bot, state } = flow;
  if (state.currentBlockId === undefined) {
    // The flow had ended at its start: it begins again, with its variables.
    state.answers = [];
    return startFlow(flow, message);
  }
  if (message?.type === 'command') return walk(flow, runCommand(flow, message.command));
  const block = bot.block(state.currentBlockId);
  if (!block) throw brokenSession('Group / block not found');
  if (block.kind === 'input') return answer(flow, block, message, isResumed);
  takeClientReply(flow, block, message);
  walk(flow, after(block));
}

function answer(flow: Flow, block: PlacedInput, reply: InputMessage | undefined, isResumed: boolean): void {
  const { now, knowsReplyIds } = flow;
  const verdict = checkReply(reply, block, { lookup: lookupIn(flow), now, knowsReplyIds });
  const invalidEvent = verdict.status === 'fail' ? replyEvent(flow, 'invalid-reply') : undefined;
  const event = isResumed ? invalidEvent : (invalidEvent ?? replyEvent(flow, 'reply'));
  if (event) {
    walk(flow, runReplyEvent(flow, event, reply));
    return resumeIfCalled(flow);
  }
  if (verdict.status === 'fail') return askAgain(flow, block);
  if (verdict.status === 'success' && reply) store(flow, block, reply, verdict);
  const to = verdict.status === 'success' ? verdict.to : undefined;
  walk(flow, to === undefined ? after(block) : { group: to, index: 0 });
}

function resumeIfCalled(flow: Flow): void {
  const { state, said: before } = flow;
  const mark = state.returnMark;
  if (!mark?.isCalled || !mark.resumeWith || before.input?.id !== mark.blockId) return;
  state.returnMark = undefined;
  flow.said = nothingSaid();
  continueFlow(flow, mark.resumeWith, true);
  flow.said = joined(before, flow.said);
}

/** The question of the first is answered by now. */
function joined(first: Said, second: Said): Said {
  return {
    ...second,
    messages: [...first.messages, ...second.messages],
    actions: [...first.actions, ...second.actions],
    logs: [...first.logs, ...second.logs],
    answers: [...first.answers, ...second.answers],
  };
}

function store(
  flow: Flow,
  block: PlacedInput,
  reply: InputMessage,
  { content, variables = {} }: Verdict & { status: 'success' },
): void {
  const { state, said } = flow;
  for (const [name, value] of Object.entries(variables)) remember(state, name, value);
  const files = reply.type === 'text' ? reply.attachedFileUrls : [];
  const stored = { blockId: block.id, content, attachedFileUrls: files };
  state.answers.push(stored);
  said.answers.push(stored);
  if (reply.type === 'audio') return remember(state, block.audioTo, reply.url);
  if (files.length > 0) rememberAnswer(state, block.attachmentsTo, files.length === 1 ? files.join() : files);
  rememberAnswer(state, block.save, content);
  if (content !== reply.text) said.newFormat = content;
}

const defaultRetries: Readonly<Record<string, string>> = {
  'email input': "This email doesn't seem to be valid. Can you type it again?",
  'payment input': 'Payment failed. Please, try again.',
};

function askAgain(flow: Flow, block: PlacedBlock & PlacedInput): void {
  const { bot, said, format } = flow;
  const words =
    block.options.retryMessageContent ??
    defaultRetries[block.type] ??
    bot.settings.invalidMessage ??
    'Invalid message. Please, try again.';
  said.messages.push(sentence(block.id, fillText(words, lookupIn(flow)), format));
  said.input = shownInput(bot, block, lookupIn(flow));
  said.isRetry = true;
}
