import { randomUUID } from 'node:crypto';
import type { Answer, Turn } from './answer';
import { hasWorkflow, type AppMode } from './app';
import { event, nodeFinished, nodeStarted, retrieverResource, runError, usageOf } from './events';
import type { PublishedFile } from './output-files';
import type { Step, StreamEvent } from './scenario';
import type { OutputFile } from './state';

export type Publish = (file: OutputFile) => PublishedFile;

interface Made extends Answer {
  text: string;
  published: readonly PublishedFile[];
  turn: Turn;
}

/** The steps of an ordinary run, in the order of the app's kind and release. */
export function composeRun(turn: Turn, answer: Answer, publish: Publish): Step[] {
  const published = (answer.files ?? []).map(publish);
  return composers[turn.app.mode]({ ...answer, text: answer.pieces.join(''), published, turn });
}

const composers: Readonly<Record<AppMode, (made: Made) => Step[]>> = {
  chat: (made) => [...deltas('message', made), ...messageFiles(made), ...endOfMessage(made)],
  completion: (made) => [...deltas('message', made), ...endOfMessage(made)],
  'agent-chat': (made) => [
    ...thoughts(made),
    ...deltas('agent_message', made),
    ...messageFiles(made),
    ...endOfMessage(made),
  ],
  agent: (made) => [
    ...deltas('agent_message', made),
    ...messageFiles(made),
    // Not one more piece but all of it.
    ...(made.error === undefined && made.text !== '' ? [event('message', { answer: made.text })] : []),
    ...endOfMessage(made),
  ],
  'advanced-chat': (made) => [
    ...workflowBegins(made),
    ...deltas('message', made, { from_variable_selector: ['answer', 'answer'] }),
    ...messageFiles(made),
    ...nodesEnd(made),
    ...chatflowEnds(made),
  ],
  workflow: (made) => [
    ...workflowBegins(made),
    ...made.pieces.map((text) =>
      event('text_chunk', { data: { text, from_variable_selector: ['llm', 'text'] } }),
    ),
    ...nodesEnd(made),
    workflowFinished(made),
  ],
};

function deltas(name: string, { pieces }: Made, more: Readonly<Record<string, unknown>> = {}): Step[] {
  return pieces.map((answer) => event(name, { answer, ...more }));
}

function thoughts({ text }: Made): Step[] {
  const thought = { id: randomUUID(), position: 1, tool: 'search;clock', tool_labels: {}, message_files: [] };
  const said = { thought: 'I look it up first.', observation: '', tool_input: '' };
  // The same thought comes again with more in it.
  return [
    event('agent_thought', { ...thought, ...said }),
    event('agent_thought', {
      ...thought,
      ...said,
      tool_input: '{"search":{"query":"sandbox"},"clock":{}}',
      observation: `found ${text.length} characters`,
    }),
  ];
}

function messageFiles({ published }: Made): Step[] {
  return published.map(({ id, url, file }) =>
    event('message_file', { id, type: file.type, belongs_to: 'assistant', url }),
  );
}

function endOfMessage(made: Made): Step[] {
  if (made.error !== undefined) return [runError(made.error)];
  return [messageEnd(made)];
}

function messageEnd({ pieces, citations = [], published, turn }: Made): Step {
  const metadata = { usage: usageOf(pieces.length), retriever_resources: citations.map(retrieverResource) };
  const files = turn.app.mode === 'advanced-chat' ? published.map(({ object }) => object) : [];
  return event('message_end', { metadata, files });
}

function workflowBegins({ turn }: Made): Step[] {
  const inputs = turn.query === '' ? turn.inputs : { ...turn.inputs, 'sys.query': turn.query };
  return [
    { kind: 'ping' },
    event('workflow_started', { data: { inputs, reason: 'initial' } }),
    nodeStarted('start', 1, inputs),
    nodeFinished('start', 1, { outputs: inputs }),
    nodeStarted('llm', 2, inputs),
  ];
}

function nodesEnd({ error, text }: Made): Step[] {
  if (error !== undefined) return [nodeFinished('llm', 2, { status: 'failed', outputs: null, error })];
  return [
    nodeFinished('llm', 2, { outputs: { text } }),
    nodeStarted('end', 3, {}),
    nodeFinished('end', 3, { outputs: {} }),
  ];
}

function chatflowEnds(made: Made): Step[] {
  if (made.error !== undefined) return [workflowFinished(made), runError(made.error)];
  const ends = [messageEnd(made), workflowFinished(made)];
  return made.turn.app.endOrder === 'message-end-first' ? ends : ends.reverse();
}

function workflowFinished(made: Made): Step {
  const { error, pieces, published } = made;
  return event('workflow_finished', {
    data: {
      status: error === undefined ? 'succeeded' : 'failed',
      outputs: error === undefined ? outputsOf(made) : null,
      error: error ?? null,
      elapsed_time: 0.5,
      total_tokens: 12 + pieces.length,
      total_steps: 3,
      exceptions_count: 0,
      files: published.map(({ object }) => object),
    },
  });
}

function outputsOf({ outputs, text, published, turn }: Made): unknown {
  if (outputs !== undefined) return outputs;
  if (turn.app.mode === 'advanced-chat') return { answer: text };
  if (published.length === 0) return { result: text };
  return { result: text, files: published.map(({ object }) => object) };
}

/** How a run ends that somebody stopped. */
export function stoppedEnd({ app }: Turn): StreamEvent[] {
  const ofMessage = { event: 'message_end', metadata: { usage: {}, retriever_resources: [] }, files: [] };
  const body = {
    status: 'stopped',
    outputs: {},
    error: null,
    elapsed_time: 0.1,
    total_tokens: 0,
    total_steps: 1,
  };
  const ends: StreamEvent[] = [
    ...(app.mode === 'workflow' ? [] : [ofMessage]),
    ...(hasWorkflow(app.mode) ? [{ event: 'workflow_finished', data: { ...body, files: [] } }] : []),
  ];
  return app.endOrder === 'message-end-first' ? ends : ends.reverse();
}
