import { randomUUID } from 'node:crypto';
import { isChatMode, type DifyApp } from './app';
import { ok, readLimit, type ApiCall, type Endpoint, type Reply } from './endpoint';
import { conversationGone, invalidParam, notFound, wrongKindOfApp } from './refusal';
import { seconds, type Conversation, type ConversationVariable, type DifyState } from './state';

/** The user's own conversation with this app; anything else is not there. */
export function findConversation(
  state: DifyState,
  app: DifyApp,
  user: string,
  id: string,
): Conversation | undefined {
  const found = state.conversations.get(id.toLowerCase());
  return found && found.app === app && found.user === user && !found.deleted ? found : undefined;
}

export function createConversation(
  state: DifyState,
  app: DifyApp,
  user: string,
  inputs: Conversation['inputs'],
): Conversation {
  const variables = Object.entries(app.conversationVariables).map(([name, value]): ConversationVariable => ({
    id: randomUUID(),
    name,
    value,
    valueType: typeof value === 'number' ? 'number' : 'string',
  }));
  const conversation: Conversation = {
    id: randomUUID(),
    app,
    user,
    name: 'New conversation',
    status: 'normal',
    inputs,
    messageCount: 0,
    overlapped: false,
    deleted: false,
    createdAt: state.now(),
    updatedAt: state.now(),
    variables,
  };
  state.conversations.set(conversation.id, conversation);
  return conversation;
}

export function conversationEndpoints(state: DifyState): Endpoint[] {
  const named = (call: ApiCall): Conversation => {
    requireChat(call.app);
    const found = findConversation(state, call.app, call.user, call.path[0] ?? '');
    if (!found) throw conversationGone();
    return found;
  };

  function list(call: ApiCall): Reply {
    requireChat(call.app);
    const limit = readLimit(call.query);
    const own = [...state.conversations.values()]
      .filter((one) => one.app === call.app && one.user === call.user && !one.deleted)
      .sort(sorting(call.query.get('sort_by') ?? '-updated_at'));
    const last = call.query.get('last_id');
    const position = last ? own.findIndex((one) => one.id === last) : -1;
    if (last && position < 0) throw notFound('Last Conversation Not Exists.');
    const rest = own.slice(position + 1);
    return ok({ limit, has_more: rest.length > limit, data: rest.slice(0, limit).map(shown) });
  }

  function rename(call: ApiCall): Reply {
    const conversation = named(call);
    const { name, auto_generate: generated } = call.body;
    if (generated !== true && (typeof name !== 'string' || name.trim() === ''))
      throw invalidParam('name is required when auto_generate is false', 'name');
    conversation.name = typeof name === 'string' && generated !== true ? name : 'A generated title';
    return ok(shown(conversation));
  }

  function variables(call: ApiCall): Reply {
    const name = call.query.get('variable_name');
    const fitting = named(call).variables.filter((one) => name === null || one.name === name);
    return ok({ limit: 20, has_more: false, data: fitting.map(shownVariable) });
  }

  function setVariable(call: ApiCall): Reply {
    const variable = named(call).variables.find(({ id }) => id === call.path[1]);
    if (!variable) throw notFound('Conversation Variable Not Exists.');
    const { value } = call.body;
    if ((typeof value !== 'string' && typeof value !== 'number') || typeof value !== variable.valueType)
      throw invalidParam(`Type mismatch: the variable expects ${variable.valueType}, got ${typeof value}`);
    variable.value = value;
    return ok(shownVariable(variable));
  }

  const remove = (call: ApiCall): Reply => {
    named(call).deleted = true;
    return { status: 204 };
  };

  const id = '([^/]+)';
  const at = (path: string): RegExp => new RegExp(`^/v1/conversations${path}$`);
  return [
    { name: 'conversations', method: 'GET', path: at(''), user: 'query', run: list },
    { name: 'conversations', method: 'DELETE', path: at(`/${id}`), user: 'json', run: remove },
    { name: 'conversations', method: 'POST', path: at(`/${id}/name`), user: 'json', run: rename },
    { name: 'conversations', method: 'GET', path: at(`/${id}/variables`), user: 'query', run: variables },
    {
      name: 'conversations',
      method: 'PUT',
      path: at(`/${id}/variables/${id}`),
      user: 'json',
      run: setVariable,
    },
  ];
}

export function requireChat(app: DifyApp): void {
  if (!isChatMode(app.mode)) throw wrongKindOfApp('not_chat_app');
}

function sorting(by: string): (a: Conversation, b: Conversation) => number {
  const times: Readonly<Record<string, (one: Conversation) => number>> = {
    created_at: (one) => one.createdAt,
    updated_at: (one) => one.updatedAt,
  };
  const time = times[by.replace(/^-/, '')];
  if (!time)
    throw invalidParam('sort_by must be one of created_at, updated_at, -created_at, -updated_at', 'sort_by');
  return by.startsWith('-') ? (a, b) => time(b) - time(a) : (a, b) => time(a) - time(b);
}

function shown(one: Conversation): Record<string, unknown> {
  const times = { created_at: seconds(one.createdAt), updated_at: seconds(one.updatedAt) };
  const { id, name, inputs, status } = one;
  return { id, name, inputs, status, introduction: one.app.openingStatement, ...times };
}

function shownVariable({ id, name, value, valueType }: ConversationVariable): Record<string, unknown> {
  return { id, name, value_type: valueType, value, description: '' };
}
