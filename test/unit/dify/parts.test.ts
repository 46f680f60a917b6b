import assert from 'node:assert/strict';
import { readFormContext } from '../../../lib/dify/human-form';
import { chatParts, openingParts, workflowParts } from '../../../lib/dify/parts';
import type { DifyResult } from '../../../lib/dify/request';

const origin = 'https://dify.example.com';

function result(changes: Partial<DifyResult>): DifyResult {
  return {
    text: '',
    status: 'succeeded',
    outputs: {},
    files: [],
    citations: [],
    forms: [],
    conversationReset: false,
    resumed: false,
    ...changes,
  };
}

const paused = { status: 'paused' } as const;
const markdown = (text: string) => ({ type: 'text', text, format: 'markdown' });
const file = (url: string, filename: string) => ({
  dify_model_identity: '__dify__file__',
  type: 'image',
  filename,
  mime_type: 'image/png',
  url,
});

describe('the parts of a chat answer', () => {
  const parts = (changes: Partial<DifyResult>, options = {}) =>
    chatParts(result(changes), { origin, ...options });

  it('are its text, as it is', () => {
    assert.deepEqual(parts({ text: '**Hi**\r\n\r\n[site](https://a.example/x)' }), [
      markdown('**Hi**\r\n\r\n[site](https://a.example/x)'),
    ]);
    assert.deepEqual(parts({ text: '  \n' }), []);
  });

  it('are pictures in their place, with whole addresses', () => {
    const text = 'Look:\n\n![chart](/files/tools/a.png?sign=1)\n\nand ![logo](https://a.example/l.jpg) here';
    assert.deepEqual(parts({ text }), [
      markdown('Look:'),
      { type: 'file', name: 'a.png', url: 'https://dify.example.com/files/tools/a.png?sign=1' },
      markdown('and logo here'),
      { type: 'file', name: 'l.jpg', url: 'https://a.example/l.jpg' },
    ]);
  });

  it('leave pictures in code alone, and take links to files of the app', () => {
    assert.equal(parts({ text: '```\n![a](/files/a.png)\n```' }).length, 1);
    assert.deepEqual(parts({ text: '- [report](/files/tools/r.pdf?sign=2)\n' }), [
      markdown('- report'),
      { type: 'file', name: 'r.pdf', url: 'https://dify.example.com/files/tools/r.pdf?sign=2' },
    ]);
    assert.deepEqual(parts({ text: '![x](javascript:alert(1))' }), [markdown('![x](javascript:alert(1))')]);
  });

  it('hold each file once, however often it was named', () => {
    const files = [
      { name: 'a.png', type: 'image', url: '/files/tools/a.png?sign=2' },
      { name: 'b.png', type: 'image', mime: 'image/png', url: 'https://up.example/b.png?sign=3' },
    ];
    assert.deepEqual(parts({ text: '![a](/files/tools/a.png?sign=1)', files }), [
      { type: 'file', name: 'a.png', url: 'https://dify.example.com/files/tools/a.png?sign=1' },
      { type: 'file', name: 'b.png', mime: 'image/png', url: 'https://up.example/b.png?sign=3' },
    ]);
  });

  it('name the documents when they are wanted', () => {
    const citation = { datasetName: '', content: '', score: null };
    const citations = [
      { ...citation, position: 2, documentName: 'B' },
      { ...citation, position: 1, documentName: 'A' },
      { ...citation, position: 3, documentName: 'B' },
    ];
    assert.deepEqual(parts({ text: 'x', citations }), [markdown('x')]);
    assert.deepEqual(parts({ text: 'x', citations }, { citations: true }), [
      markdown('x'),
      markdown('1. A\n2. B'),
    ]);
  });

  it('offer what the app suggests, and the buttons of a form with the way back to it', () => {
    assert.deepEqual(parts({ text: 'x' }, { suggested: ['More?', ' '] })[1], {
      type: 'choices',
      items: [{ id: 'question-1', label: 'More?', value: 'More?' }],
    });
    const form = {
      formToken: 'tok:1/х',
      content: 'Approve?',
      actions: [{ id: 'yes', title: 'Yes' }],
      inputs: [],
    };
    const [content, choices] = parts({ ...paused, workflowRunId: 'r-1', forms: [form] });
    assert.deepEqual(content, markdown('Approve?'));
    assert.ok(choices?.type === 'choices');
    assert.deepEqual(choices.items, [{ id: 'yes', label: 'Yes', value: 'yes' }]);
    assert.deepEqual(readFormContext(choices.context ?? ''), { formToken: 'tok:1/х', workflowRunId: 'r-1' });
    assert.equal(readFormContext('typebot:1'), undefined);
    const byEmail = { ...form, formToken: null };
    assert.deepEqual(parts({ ...paused, workflowRunId: 'r', forms: [byEmail] }), [markdown('Approve?')]);
  });

  it('ask for one form at a time, and for none when the run has gone on', () => {
    const form = (formToken: string) => ({
      formToken,
      content: `Form ${formToken}`,
      actions: [{ id: 'yes', title: 'Yes' }],
      inputs: [],
    });
    const forms = [form('a'), form('b')];
    assert.deepEqual(
      parts({ ...paused, workflowRunId: 'r', forms }).map((part) => part.type === 'text' && part.text),
      ['Form a', false],
    );
    assert.deepEqual(parts({ text: 'Done', workflowRunId: 'r', forms }), [markdown('Done')]);
  });

  it('may open a conversation', () => {
    assert.deepEqual(openingParts({ openingStatement: 'Hello!', openingQuestions: ['What?'] }), [
      markdown('Hello!'),
      { type: 'choices', items: [{ id: 'question-1', label: 'What?', value: 'What?' }] },
    ]);
  });
});

describe('the parts of a workflow', () => {
  const outputs = {
    text: 'Hello',
    number: 5,
    yes: false,
    list: ['a', 'b'],
    object: { a: { b: 1 } },
    nothing: null,
    empty: '',
    picture: file('/files/tools/p.png?sign=1', 'p.png'),
    pictures: [file('https://up.example/q.png', 'q.png')],
  };

  it('are a line for each output, and the files', () => {
    assert.deepEqual(workflowParts(result({ outputs }), { origin }), [
      markdown('text: Hello\nnumber: 5\nyes: false\nlist: ["a","b"]\nobject: {"a":{"b":1}}'),
      {
        type: 'file',
        name: 'p.png',
        mime: 'image/png',
        url: 'https://dify.example.com/files/tools/p.png?sign=1',
      },
      { type: 'file', name: 'q.png', mime: 'image/png', url: 'https://up.example/q.png' },
    ]);
  });

  it('are one output when one is named', () => {
    const only = (output: string) => workflowParts(result({ outputs }), { origin, output });
    assert.deepEqual(only('text'), [markdown('Hello')]);
    assert.deepEqual(
      only('picture').map(({ type }) => type),
      ['file'],
    );
    assert.deepEqual(only('missing'), []);
    assert.deepEqual(only('constructor'), []);
  });

  it('are none when there is no output', () => {
    assert.deepEqual(workflowParts(result({}), { origin }), []);
  });
});
