import { findConversation, requireChat } from './conversations';
import { ok, readLimit, success, type ApiCall, type Endpoint, type Reply } from './endpoint';
import { badRequest, conversationGone, invalidParam, notFound } from './refusal';
import { seconds, type DifyState, type Message } from './state';
import { isUuid } from './uuid';

export function messageEndpoints(state: DifyState): Endpoint[] {
  const named = (call: ApiCall): Message => {
    const found = state.messages.get(call.path[0] ?? '');
    if (!found || found.app !== call.app || found.user !== call.user) throw notFound('Message Not Exists.');
    return found;
  };

  /** The newest first. An unknown conversation is a 404, which makes this the way to ask whether it is there. */
  function list(call: ApiCall): Reply {
    requireChat(call.app);
    const id = call.query.get('conversation_id');
    if (!isUuid(id)) throw invalidParam('conversation_id must be a valid UUID', 'conversation_id');
    const limit = readLimit(call.query);
    const conversation = findConversation(state, call.app, call.user, id);
    if (!conversation) throw conversationGone();
    const own = [...state.messages.values()].filter((one) => one.conversation === conversation).reverse();
    const first = call.query.get('first_id');
    const position = first ? own.findIndex((one) => one.id === first) : -1;
    if (first && position < 0) throw notFound('First Message Not Exists.');
    const older = own.slice(position + 1);
    return ok({ limit, has_more: older.length > limit, data: older.slice(0, limit).map(shown) });
  }

  function suggest(call: ApiCall): Reply {
    requireChat(call.app);
    named(call);
    const { suggestedAfterAnswer } = call.app;
    if (!suggestedAfterAnswer) throw badRequest('Suggested Questions Is Disabled.');
    return ok({ result: 'success', data: suggestedAfterAnswer });
  }

  function rate(call: ApiCall): Reply {
    const { rating, content } = call.body;
    if (rating !== 'like' && rating !== 'dislike' && rating !== null && rating !== undefined)
      throw invalidParam("Input should be 'like' or 'dislike'", 'rating');
    if (content !== undefined && content !== null && typeof content !== 'string')
      throw invalidParam('Input should be a valid string', 'content');
    const message = named(call);
    message.feedback = rating ? { rating, content: content ?? undefined } : undefined;
    return success;
  }

  return [
    { name: 'messages', method: 'GET', path: /^\/v1\/messages$/, user: 'query', run: list },
    {
      name: 'suggested',
      method: 'GET',
      path: /^\/v1\/messages\/([^/]+)\/suggested$/,
      user: 'query',
      run: suggest,
    },
    {
      name: 'feedback',
      method: 'POST',
      path: /^\/v1\/messages\/([^/]+)\/feedbacks$/,
      user: 'json',
      run: rate,
    },
  ];
}

function shown(message: Message): Record<string, unknown> {
  const { id, conversation, inputs, query, answer, status, error, feedback, createdAt, files } = message;
  return {
    id,
    conversation_id: conversation?.id,
    inputs,
    query,
    answer,
    status,
    error: error ?? null,
    message_files: files.map(({ type, name }) => ({ type, filename: name, belongs_to: 'user' })),
    feedback: feedback ? { rating: feedback.rating } : null,
    retriever_resources: [],
    agent_thoughts: [],
    extra_contents: [],
    created_at: seconds(createdAt),
  };
}
