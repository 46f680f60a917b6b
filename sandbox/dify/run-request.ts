import { isMap } from '../shared/params';
import { hasWorkflow, isChatMode, type DifyApp } from './app';
import { findConversation } from './conversations';
import { unpublished } from './discovery';
import type { ApiCall } from './endpoint';
import { readInputs } from './inputs';
import { readFiles } from './references';
import {
  badRequest,
  conversationGone,
  DifyRefusal,
  forbidden,
  invalidParam,
  notFound,
  wrongKindOfApp,
} from './refusal';
import type { Conversation, DifyState, Reference } from './state';
import { isUuid } from './uuid';

export interface RunRequest {
  app: DifyApp;
  user: string;
  query: string;
  inputs: Readonly<Record<string, unknown>>;
  files: readonly Reference[];
  /** `lost`: one is named that is not there, and the app's release does not say so. */
  conversation: Conversation | 'new' | 'lost' | undefined;
  streaming: boolean;
  autoGenerateName: boolean;
}

/** Everything that the server checks before it answers 200. */
export type ReadRun = (state: DifyState, call: ApiCall) => RunRequest;

export const readChatRun: ReadRun = (state, call) => {
  const { app, user, body } = call;
  if (!isChatMode(app.mode)) throw wrongKindOfApp('not_chat_app');
  const given = requireInputs(body);
  const { query } = body;
  if (typeof query !== 'string' || query === '') throw invalidParam('query is required', 'query');
  const streaming = readMode(body);
  const id = readConversationId(body['conversation_id']);
  const autoGenerateName = body['auto_generate_name'] ?? true;
  if (typeof autoGenerateName !== 'boolean')
    throw invalidParam('Input should be a valid boolean', 'auto_generate_name');
  if (!streaming && (app.mode === 'agent-chat' || app.mode === 'agent'))
    throw badRequest('Agent Chat App does not support blocking mode');
  requirePublished(app);
  if (app.mode === 'advanced-chat') requireVersion(app, body['workflow_id']);
  const conversation = id === undefined ? 'new' : named(state, app, user, id);
  const { values, files } = turnInputs(state, app, user, given, conversation);
  const attached = [...readFiles(state, app, user, body['files']), ...files];
  return { app, user, query, inputs: values, files: attached, conversation, streaming, autoGenerateName };
};

export const readWorkflowRun: ReadRun = (state, call) => {
  const { app, user, body, path } = call;
  if (app.mode !== 'workflow') throw wrongKindOfApp('not_workflow_app');
  const given = requireInputs(body);
  const streaming = readMode(body);
  requirePublished(app);
  requireVersion(app, path[0]);
  const { values, files } = readInputs(state, app, user, given);
  const attached = [...readFiles(state, app, user, body['files']), ...files];
  return { ...nothingSaid, app, user, inputs: values, files: attached, streaming };
};

export const readCompletionRun: ReadRun = (state, call) => {
  const { app, user, body } = call;
  if (app.mode !== 'completion') throw wrongKindOfApp('not_completion_app');
  const { values, files } = readInputs(state, app, user, requireInputs(body));
  const attached = [...readFiles(state, app, user, body['files']), ...files];
  const query = typeof body['query'] === 'string' ? body['query'] : '';
  return { ...nothingSaid, app, user, query, inputs: values, files: attached, streaming: readMode(body) };
};

const nothingSaid = { query: '', conversation: undefined, autoGenerateName: false };

function requireInputs({ inputs }: ApiCall['body']): Readonly<Record<string, unknown>> {
  if (inputs === undefined || inputs === null) throw invalidParam('inputs is required', 'inputs');
  if (!isMap(inputs)) throw invalidParam('Input should be a valid dictionary', 'inputs');
  return inputs;
}

function readMode({ response_mode: mode }: ApiCall['body']): boolean {
  if (mode === undefined || mode === null || mode === 'blocking') return false;
  if (mode === 'streaming') return true;
  throw invalidParam("Input should be 'blocking' or 'streaming'", 'response_mode');
}

function readConversationId(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.trim() === '') return undefined;
  if (typeof value === 'string' && isUuid(value.trim())) return value.trim();
  throw invalidParam('conversation_id must be a valid UUID', 'conversation_id');
}

function requirePublished(app: DifyApp): void {
  if (app.published) return;
  throw hasWorkflow(app.mode) ? invalidParam('Workflow not published') : unpublished(app);
}

function requireVersion(app: DifyApp, version: unknown): void {
  if (version === undefined || version === null || version === '') return;
  if (app.plan === 'sandbox')
    throw forbidden(
      'Running a specific workflow version is not available on this plan.',
      'workflow_version_execution_not_allowed',
    );
  if (!isUuid(version)) throw badRequest('Invalid workflow_id format');
  if (!app.versions.includes(version)) throw notFound(`Workflow not found with id: ${version}`);
}

function named(state: DifyState, app: DifyApp, user: string, id: string): Conversation | 'lost' {
  const found = findConversation(state, app, user, id);
  if (!found) {
    if (app.lostConversation === 'not-found') throw conversationGone();
    return 'lost';
  }
  if (found.status === 'completed')
    throw new DifyRefusal(
      400,
      'conversation_completed',
      'The conversation has ended. Please start a new conversation.',
    );
  return found;
}

function turnInputs(
  state: DifyState,
  app: DifyApp,
  user: string,
  given: Readonly<Record<string, unknown>>,
  conversation: Conversation | 'new' | 'lost',
): { values: Readonly<Record<string, unknown>>; files: Reference[] } {
  const isLater = typeof conversation === 'object';
  if (isLater && app.inputs === 'first-turn-only') return { values: conversation.inputs, files: [] };
  return readInputs(state, app, user, given);
}
