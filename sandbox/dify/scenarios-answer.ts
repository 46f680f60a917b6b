import { inPieces, type Answer, type Turn } from './answer';
import type { Publish } from './compose';
import { event, nodeFinished } from './events';
import {
  around,
  beforeEnd,
  brokenOff,
  finishing,
  midway,
  ordered,
  partialSuccess,
  pausing,
  replaced,
} from './scenario-steps';
import type { NamedPlan } from './scenario';
import type { OutputFile } from './state';

const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export const chart: OutputFile = { name: 'chart.png', type: 'image', mime: 'image/png', content: onePixel };
export const report: OutputFile = {
  name: 'report.txt',
  type: 'document',
  mime: 'text/plain',
  content: Buffer.from('All is well.\n'),
};

function imageInText(answer: Answer, _turn: Turn, publish: Publish): Answer {
  return { ...answer, pieces: [...answer.pieces, `\n\n![chart.png](${publish(chart).url})`] };
}

function everyOutput(answer: Answer, _turn: Turn, publish: Publish): Answer {
  const [image, text] = [publish(chart).object, publish(report).object];
  const outputs = {
    text: '**Bold** text',
    amount: 12.5,
    count: 3,
    ready: true,
    nothing: null,
    empty: '',
    record: { name: 'Ada', tags: ['a', 'b'] },
    picture: image,
    words: ['one', 'two'],
    numbers: [1, 2.5],
    flags: [true, false],
    records: [{ id: 1 }, { id: 2 }],
    papers: [text, image],
    nested: { paper: text },
  };
  return { ...answer, outputs };
}

const manyNodes = [
  event('node_retry', {
    data: { id: 'llm-2', node_id: 'llm', node_type: 'llm', title: 'LLM', index: 2, retry_index: 1 },
  }),
  ...['iteration', 'loop'].flatMap((kind) =>
    ['started', 'next', 'completed'].map((stage) =>
      event(`${kind}_${stage}`, {
        data: {
          id: kind,
          node_id: kind,
          node_type: kind,
          title: kind,
          index: 0,
          outputs: null,
          steps: 1,
          status: 'succeeded',
        },
      }),
    ),
  ),
  event('parallel_branch_started', { data: { parallel_id: 'p', parallel_branch_id: 'b' } }),
  event('parallel_branch_finished', {
    data: { parallel_id: 'p', parallel_branch_id: 'b', status: 'succeeded' },
  }),
  event('agent_log', {
    data: {
      node_execution_id: 'n',
      id: 'log',
      label: 'ROUND 1',
      parent_id: null,
      error: null,
      status: 'success',
      data: { secret: 'not for the chat' },
      metadata: {},
      node_id: 'llm',
    },
  }),
  event('reasoning_chunk', { data: { reasoning: 'I should greet.', node_id: 'llm', is_final: false } }),
];

const textField = { type: 'paragraph', name: 'comment' } as const;
const otherFields = [
  { type: 'select', name: 'priority', options: ['low', 'high'], default: 'low' },
  { type: 'file', name: 'scan' },
] as const;

/** What the app says, and how its run goes. The stream itself is well formed. */
export const answerScenarios = {
  plain: {},
  'message-end-first': { steps: ordered('message_end') },
  'workflow-finished-first': { steps: ordered('workflow_finished') },
  'message-replace': { steps: replaced('This was moderated.') },
  /** What every new agent app does; here by name. */
  'closing-message': { answer: { pieces: ['Hel', 'lo', ' there'] } },
  'message-file': {
    answer: { files: [chart] },
    steps: midway(
      event('message_file', {
        id: 'of-the-user',
        type: 'image',
        belongs_to: 'user',
        url: '/files/of-the-user.png',
      }),
    ),
  },
  'output-files': { answer: { files: [chart, report] } },
  'markdown-image': { answer: imageInText },
  thinking: { answer: '<think>\nThe person greets, so I do.\n</think>\n\nHello!' },
  citations: {
    answer: {
      pieces: inPieces('It is in the handbook.'),
      citations: [
        { position: 2, document_name: 'prices.pdf', content: 'One costs 5.', score: 0.7 },
        { position: 1, document_name: 'handbook.pdf', content: 'We open at 9.', score: 0.9 },
        { position: 3, document_name: 'handbook.pdf', content: 'We close at 6.', score: 0.5 },
      ],
    },
  },
  speech: {
    steps: beforeEnd(event('tts_message', { audio: 'SUQzBAA=' }), event('tts_message_end', { audio: '' })),
  },
  'many-events': { steps: midway(...manyNodes) },
  'unknown-events': {
    steps: around(event('moon_phase', { data: { phase: 'full' }, answer: 'not for the chat' })),
  },
  'large-node': {
    steps: midway(nodeFinished('http', 9, { outputs: { body: 'x'.repeat(3 * 1024 * 1024) } })),
  },
  'long-answer': {
    answer: { pieces: Array.from({ length: 4000 }, (_, index) => `Sentence number ${index}. `) },
  },
  'every-output': { answer: everyOutput },
  'no-text': { answer: { pieces: [], outputs: { result: 'Only in the outputs.' } } },
  'empty-outputs': { answer: { pieces: [], outputs: {} } },
  'null-outputs': { answer: { pieces: [], outputs: null } },
  'partial-success': { steps: partialSuccess },
  /** A workflow that fails inside its 200, blocking or streaming; a chatflow's stream ends with `error`. */
  'failed-node': {
    answer: { pieces: inPieces('Some text came'), error: 'Node LLM run failed: no such model' },
  },
  'error-mid-stream': { steps: brokenOff },
  'stopped-by-server': { steps: finishing({ status: 'stopped' }) },
  paused: { steps: pausing([{}], 'when-heard') },
  /** The run goes on, and may well be over, before anybody listens again. */
  'paused-quick': { steps: pausing([{}], 'at-once') },
  'paused-by-email': { steps: pausing([{ by: 'email' }], 'when-heard') },
  'paused-with-text': { steps: pausing([{ inputs: [textField] }], 'when-heard') },
  'paused-with-fields': { steps: pausing([{ inputs: [textField, ...otherFields] }], 'when-heard') },
  'paused-twice': {
    steps: pausing([{ content: 'First question?' }, { content: 'Second question?' }], 'when-heard'),
  },
} satisfies Record<string, NamedPlan>;
