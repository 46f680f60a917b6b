import assert from 'node:assert/strict';
import { RefusedError } from '../../../lib/core/errors';
import { createAnswerBuilder, type AnswerBuilder, type RunKind } from '../../../lib/dify/answer';
import { readEvent } from '../../../lib/dify/events';
import { splitMarkdown } from '../../../lib/dify/markdown-files';
import { withoutRepeats } from '../../../lib/dify/output-files';
import { readForm } from '../../../lib/dify/human-form';

function builderAfter(kind: RunKind, ...records: readonly object[]): AnswerBuilder {
  const builder = createAnswerBuilder(kind, { secrets: [], sent: [] });
  for (const record of records) builder.take(readEvent(record) ?? assert.fail('no event'));
  return builder;
}

const silent = [
  'ping',
  'workflow_started',
  'node_started',
  'node_finished',
  'node_retry',
  'iteration_started',
  'iteration_next',
  'iteration_completed',
  'loop_started',
  'loop_next',
  'loop_completed',
  'parallel_branch_started',
  'parallel_branch_finished',
  'agent_thought',
  'agent_log',
  'reasoning_chunk',
  'tts_message',
  'tts_message_end',
  'human_input_form_filled',
  'human_input_form_timeout',
];
const effective = [
  'message',
  'agent_message',
  'message_file',
  'message_replace',
  'message_end',
  'error',
  'text_chunk',
  'text_replace',
  'workflow_finished',
  'workflow_paused',
  'human_input_required',
];

describe('an event of Dify', () => {
  for (const name of silent) {
    it(`with the name ${name} puts no word into the answer and ends nothing`, () => {
      const words = { text: 'x', reasoning: 'x', outputs: { answer: 'x' }, status: 'failed', error: 'x' };
      const before = [
        { event: 'message', answer: 'a' },
        { event: name, answer: 'x', thought: 'x', audio: 'x', data: words },
        { event: 'message', answer: 'b' },
      ];
      const builder = builderAfter('chat', ...before);
      assert.deepEqual(
        [builder.text(), builder.isEnding(), builder.isOver(), builder.hasEnded()],
        ['ab', false, false, false],
      );
      builder.take(readEvent({ event: 'message_end' }) ?? assert.fail('no event'));
      const { text, outputs, status } = builder.result();
      assert.deepEqual([text, outputs, status], ['ab', {}, 'succeeded']);
    });
  }

  for (const name of [...silent, ...effective]) {
    it(`with the name ${name} may come without a single field`, () => {
      for (const record of [{ event: name }, { event: name, data: null }, { event: name, data: 'text' }]) {
        const builder = builderAfter('chat', { event: 'message', answer: 'a' });
        assert.doesNotThrow(() => builder.take(readEvent(record) ?? assert.fail('no event')));
        assert.deepEqual({ ...builder.ids }, {});
      }
    });
  }

  it('that ends a run may name files that no other event has named', () => {
    const files = [{ filename: 'bill.pdf', url: '/files/tools/1.pdf', mime_type: 'application/pdf' }];
    const ends = [
      builderAfter('chat', { event: 'message_end', files }),
      builderAfter('workflow', { event: 'workflow_finished', data: { status: 'succeeded', files } }),
    ];
    for (const builder of ends) {
      assert.equal(builder.isOver(), true);
      const named = builder.result().files.map(({ name, url, mime }) => [name, url, mime]);
      assert.deepEqual(named, [['bill.pdf', '/files/tools/1.pdf', 'application/pdf']]);
    }
  });

  for (const [status, told] of [
    ['succeeded', 'succeeded'],
    ['partial-succeeded', 'partial'],
    ['failed', 'DIFY_FAILED'],
    ['stopped', 'DIFY_FAILED'],
  ] as const) {
    it(`of the end with the status ${status} is ${told}`, () => {
      for (const kind of ['chat', 'workflow'] as const) {
        const builder = builderAfter(
          kind,
          { event: 'text_chunk', data: { text: 'a' } },
          { event: 'workflow_finished', data: { status, outputs: null, error: null } },
          { event: 'message_end' },
        );
        assert.equal(builder.isOver(), true);
        assert.equal(outcomeOf(builder), told);
      }
    });
  }
});

function outcomeOf(builder: AnswerBuilder): string {
  try {
    const { status, outputs } = builder.result();
    assert.deepEqual(outputs, {});
    return status;
  } catch (error) {
    if (error instanceof RefusedError) return error.code;
    throw error;
  }
}

describe('an end of Dify', () => {
  it('in the state of a pause is a pause, with the form that was told before', () => {
    const builder = builderAfter(
      'workflow',
      { event: 'workflow_started', workflow_run_id: 'r' },
      {
        event: 'human_input_required',
        data: { form_token: 't', form_content: 'Well?', actions: [{ id: 'yes' }] },
      },
      { event: 'workflow_finished', data: { status: 'paused', outputs: {} } },
    );
    const { status, forms } = builder.result();
    assert.deepEqual([status, forms.map(({ content }) => content)], ['paused', ['Well?']]);
  });

  for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
    it(`is not made by an event or an error that is called ${name}`, () => {
      assert.equal(readEvent({ event: name, kind: 'text', text: 'x' })?.kind, 'other');
      const builder = builderAfter('chat', { event: 'error', status: 400, code: name, message: 'no' });
      assert.throws(() => builder.result(), { code: 'DIFY_FAILED' });
    });
  }
});

describe('a file of Dify', () => {
  const origin = 'https://dify.example';
  const url = '/files/tools/895def9b.png?sign=1';

  it('has the name and the kind that are told of it later', () => {
    const [file, ...others] = withoutRepeats(
      [
        { name: '895def9b.png', type: 'image', url },
        { name: 'chart.png', type: 'image', mime: 'image/png', size: 5, url: `${origin}${url}2` },
      ],
      origin,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(file, { name: 'chart.png', type: 'image', mime: 'image/png', size: 5, url });
  });

  it('is called as the text calls it, when that is a name of a file', () => {
    const named = (label: string): (string | undefined)[] =>
      splitMarkdown(`![${label}](${url})`, origin).map((piece) =>
        'file' in piece ? piece.file.name : undefined,
      );
    assert.deepEqual(named('chart.png'), ['chart.png']);
    assert.deepEqual(named('A chart of all'), ['895def9b.png']);
  });
});

describe('a form of Dify', () => {
  const actions = [{ id: 'yes', title: 'Yes', button_style: 'primary' }];

  it('has the same buttons, whichever of the two names of their list is used', () => {
    for (const body of [{ actions }, { user_actions: actions }]) {
      assert.deepEqual(readForm(body).actions, [{ id: 'yes', title: 'Yes' }]);
    }
  });

  it('without a token is one that nobody can answer here', () => {
    for (const body of [{ form_token: null, actions }, { actions }]) {
      assert.equal(readForm(body).formToken, null);
    }
  });
});
