import type { PlacedBlock } from './bot';
import type { Flow } from './flow';
import { remember } from './flow-state';
import type { Message } from './messages';
import { badRequest } from './refusal';
import { readPath } from './variables';

/** What comes while an action, or a bubble that waits, is current. Without a text nothing is stored. */
export function takeClientReply({ state }: Flow, block: PlacedBlock, message: Message | undefined): void {
  const reply = message?.type === 'text' ? message.text : undefined;
  const type =
    block.kind === 'action' ? block.action.type : block.kind === 'bubble' ? block.type : block.kind;
  if (reply !== undefined) {
    if (block.kind === 'bubble') remember(state, block.save, parsedOrText(reply));
    if (block.kind === 'action' && block.reply?.as === 'value')
      remember(state, block.reply.variable, parsedOrText(reply));
    if (block.kind === 'action' && block.reply && block.reply.as !== 'value')
      for (const [name, path] of Object.entries(block.reply.mapping))
        remember(state, name, readPath(answered(reply, block.reply.as), path));
    // Even one that stores nothing reads it.
    if (block.kind === 'action' && block.reply?.as === 'json') answered(reply, 'json');
  }
  state.events.push({ kind: 'continued', type, reply });
}

function answered(reply: string, as: 'json' | 'webhook'): unknown {
  try {
    return JSON.parse(reply);
  } catch (thrown) {
    if (as === 'webhook') return { statusCode: 200, data: reply };
    throw badRequest('Provided response is not valid JSON', { description: String(thrown) });
  }
}

function parsedOrText(reply: string): unknown {
  try {
    return JSON.parse(reply);
  } catch {
    return reply;
  }
}
