import assert from 'node:assert/strict';
import { formContent, formParts, nextQuestionParts } from '../../../lib/dify/form-parts';
import { readForm, type HumanForm } from '../../../lib/dify/human-form';
import type { DifyResult } from '../../../lib/dify/request';
import { readWaitingForms } from '../../../lib/dify/stored-forms';
import {
  isSubmitted,
  notSubmitted,
  submittedForm,
  withSubmitted,
  type SubmittedForm,
} from '../../../lib/dify/submitted-form';
import {
  answerWithAction,
  answerWithFiles,
  answerWithText,
  missed,
  openInput,
  rejected,
  waitingAfter,
  withoutForm,
  type FormStep,
  type WaitingForm,
} from '../../../lib/dify/waiting-form';

const now = 1_700_000_000_000;
const day = 24 * 60 * 60 * 1000;
const approve = { id: 'approve', title: 'Approve' };
const reject = { id: 'reject', title: 'Reject' };

const paragraph = (name: string) => ({ type: 'paragraph', output_variable_name: name });
const select = {
  type: 'select',
  output_variable_name: 'priority',
  option_source: { type: 'constant', value: ['low', 'high'] },
};
const file = { type: 'file', output_variable_name: 'scan', allowed_file_types: ['image'] };
const list = { type: 'file-list', output_variable_name: 'papers', number_limits: 2 };

/** As the event of Dify tells it. */
function humanForm(inputs: object[], changes: object = {}): HumanForm {
  return readForm({
    form_token: 'tok-1',
    form_content: 'Shall it go out?',
    inputs,
    actions: [approve, reject],
    ...changes,
  });
}

function pausedSomewhere(forms: HumanForm[]): DifyResult {
  return {
    text: '',
    status: 'paused',
    outputs: {},
    files: [],
    citations: [],
    forms,
    conversationReset: false,
    resumed: false,
  };
}

function paused(forms: HumanForm[], changes: Partial<DifyResult> = {}): DifyResult {
  const ids = { workflowRunId: 'run-1', conversationId: 'conversation-1' };
  return { ...pausedSomewhere(forms), ...ids, ...changes };
}

const inDialog = { now, eventId: 'event-1' };

function waiting(inputs: object[], changes: object = {}): WaitingForm {
  const [form] = waitingAfter([], paused([humanForm(inputs, changes)]), inDialog);
  return form ?? assert.fail('nothing waits');
}

function formOf(step: FormStep, next: FormStep['next']): WaitingForm {
  assert.equal(step.next, next);
  return step.form;
}

const upload = (id: string) =>
  ({ type: 'image', transfer_method: 'local_file', upload_file_id: id }) as const;

describe('a form that waits in a dialog', () => {
  it('is filled in field by field, then asks for the action', () => {
    const first = waiting([paragraph('comment'), select, file, list]);
    assert.equal(openInput(first)?.name, 'comment');
    const second = formOf(answerWithText(first, 'Looks good'), 'ask');
    assert.equal(openInput(second)?.name, 'priority');
    const third = formOf(answerWithText(second, 'HIGH'), 'ask');
    assert.equal(openInput(third)?.name, 'scan');
    const fourth = formOf(answerWithFiles(third, [upload('f1'), upload('f2')]), 'ask');
    const complete = formOf(answerWithFiles(fourth, [upload('f3'), upload('f4')]), 'ask');
    assert.equal(openInput(complete), undefined);
    const step = answerWithText(complete, 'approve');
    assert.ok(step.next === 'submit');
    assert.equal(step.action, 'approve');
    assert.deepEqual(step.form.values, {
      comment: 'Looks good',
      priority: 'high',
      scan: upload('f1'),
      papers: [upload('f3'), upload('f4')],
    });
  });

  it('is submitted at once when there is one action only', () => {
    const step = answerWithText(waiting([paragraph('comment')], { actions: [approve] }), 'Fine');
    assert.ok(step.next === 'submit');
    assert.deepEqual([step.action, step.form.values], ['approve', { comment: 'Fine' }]);
  });

  it('asks again for what is no answer to it', () => {
    for (const step of [
      answerWithText(waiting([paragraph('comment')]), '  '),
      answerWithText(waiting([select]), 'medium'),
      answerWithText(waiting([file]), 'here it is'),
      answerWithFiles(waiting([file]), []),
      answerWithFiles(waiting([paragraph('comment')]), [upload('f1')]),
      answerWithText(waiting([]), 'What is the price?'),
      answerWithAction(waiting([paragraph('comment')]), 'approve'),
    ]) {
      assert.deepEqual(formOf(step, 'repeat').values, {});
    }
  });

  it('takes a click, and the title of a button that was typed', () => {
    for (const step of [answerWithAction(waiting([]), 'reject'), answerWithText(waiting([]), ' reject! ')]) {
      assert.ok(step.next === 'submit');
      assert.equal(step.action, 'reject');
    }
  });

  it('begins anew when Dify does not take it, and is given up after the third time', () => {
    const filled = formOf(answerWithText(waiting([paragraph('comment')]), 'x'), 'ask');
    const again = rejected(filled) ?? assert.fail('given up at once');
    assert.deepEqual(again.values, {});
    const third = rejected(again) ?? assert.fail('given up too early');
    assert.equal(rejected(third), undefined);
  });

  it('is given up after five messages in a row that are no answer to it', () => {
    const times = (form: WaitingForm | undefined, count: number): WaitingForm | undefined =>
      count === 0 || !form ? form : times(missed(form), count - 1);
    const fourth = times(waiting([paragraph('comment'), select]), 4) ?? assert.fail('given up too early');
    assert.equal(missed(fourth), undefined);
    const answered = formOf(answerWithText(fourth, 'Looks good'), 'ask');
    assert.ok(times(answered, 4));
    assert.equal(times(answered, 5), undefined);
  });

  it('keeps a value under any name a field may have', () => {
    const step = answerWithText(waiting([paragraph('constructor'), paragraph('__proto__')]), 'x');
    const next = formOf(step, 'ask');
    assert.equal(openInput(next)?.name, '__proto__');
    assert.equal(openInput(formOf(answerWithText(next, 'y'), 'ask')), undefined);
  });
});

describe('what waits after a run', () => {
  const tokens = (forms: readonly WaitingForm[]): string[] => forms.map(({ formToken }) => formToken);
  const form = (token: string, changes: object = {}) => humanForm([], { form_token: token, ...changes });

  it('are its forms, with where they belong and until when', () => {
    const expiresAt = Math.floor(now / 1000) + 60;
    const [told, silent] = waitingAfter(
      [],
      paused([form('a', { expiration_time: expiresAt }), form('b')]),
      inDialog,
    );
    assert.deepEqual(
      [told?.conversationId, told?.workflowRunId, told?.lastEventId, told?.expiresAt],
      ['conversation-1', 'run-1', 'event-1', expiresAt * 1000],
    );
    assert.equal(silent?.expiresAt, now + 3 * day);
  });

  it('takes the place of what its run waited for before, and leaves other runs alone', () => {
    const before = [
      ...waitingAfter([], paused([form('a'), form('b')]), inDialog),
      ...waitingAfter([], paused([form('other')], { workflowRunId: 'run-2' }), inDialog),
    ];
    assert.deepEqual(tokens(waitingAfter(before, paused([form('c')]), inDialog)), ['c', 'other']);
    assert.deepEqual(tokens(waitingAfter(before, paused([], { status: 'succeeded' }), inDialog)), ['other']);
  });

  it('is nothing that nobody can answer here', () => {
    for (const result of [
      paused([form('a', { form_token: null })]),
      paused([form('a', { actions: [] })]),
      paused([form('a')], { status: 'succeeded' }),
      pausedSomewhere([form('a')]),
    ]) {
      assert.deepEqual(waitingAfter([], result, inDialog), []);
    }
  });

  it('does not hold the form that was just answered, though the stream tells of it again', () => {
    const result = withoutForm(paused([form('a'), form('b')]), 'a');
    assert.deepEqual(tokens(waitingAfter([], result, inDialog)), ['b']);
  });

  it('comes back from a store as it was', () => {
    const full = formOf(answerWithText(waiting([paragraph('comment'), select, file, list]), 'x'), 'ask');
    const stored: unknown = JSON.parse(JSON.stringify([full]));
    assert.deepEqual(readWaitingForms(stored), [full]);
  });

  it('is kept for a day by whom it was submitted, and can be brought back as it was', () => {
    const full = formOf(answerWithText(waiting([paragraph('comment'), select]), 'x'), 'ask');
    const gone = submittedForm(full, { action: 'approve', eventId: 'event-2', now });
    const stored: unknown = JSON.parse(JSON.stringify([gone, full]));
    const [read, other] = readWaitingForms(stored);
    assert.ok(read && other && isSubmitted(read) && !isSubmitted(other));
    assert.deepEqual(
      [read.submittedBy, read.submittedAction, read.expiresAt],
      ['event-2', 'approve', now + day],
    );
    assert.deepEqual(notSubmitted(read), { ...full, expiresAt: now + day });
    const many = Array.from({ length: 12 }, (_, place) => ({ ...read, formToken: `t${place}` }));
    const kept = many.reduce<SubmittedForm[]>((before, form) => withSubmitted(before, form), []);
    assert.deepEqual([kept.length, kept[0]?.formToken], [10, 't11']);
  });

  it('leaves out what it cannot read', () => {
    const ofNoRun = { ...waiting([]), workflowRunId: '' };
    assert.deepEqual(readWaitingForms([ofNoRun, { formToken: 'x' }, 'text', null]), []);
    for (const stored of [undefined, 'text', 5, {}]) assert.deepEqual(readWaitingForms(stored), []);
  });
});

describe('what is said of a form', () => {
  const content = 'Please look.\n\nComment: {{#$output.comment#}}\n\n{{#$output.priority#}}\n\n\nThanks';
  const labels = (parts: ReturnType<typeof formParts>): string[][] =>
    parts.flatMap((part) => (part.type === 'choices' ? [part.items.map(({ label }) => label)] : []));
  const texts = (parts: ReturnType<typeof formParts>): string[] =>
    parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));

  it('holds none of the marks where a page shows its fields', () => {
    assert.equal(formContent({ content, values: {} }), 'Please look.\n\nComment:\n\nThanks');
    assert.equal(
      formContent({ content, values: { comment: '*fine* [x](y)', priority: upload('f') } }),
      'Please look.\n\nComment: \\*fine\\* \\[x\\](y)\n\nThanks',
    );
    assert.equal(formContent({ content: '{{#$output.', values: {} }), '{{#$output.');
  });

  it('is its content alone while it asks for one text, and the name of the field when there are several', () => {
    assert.deepEqual(formParts(waiting([paragraph('comment')])), [
      { type: 'text', text: 'Shall it go out?', format: 'markdown' },
    ]);
    assert.deepEqual(texts(formParts(waiting([paragraph('comment'), select]))), [
      'Shall it go out?',
      'comment',
    ]);
    assert.deepEqual(texts(formParts(waiting([paragraph('comment')], { form_content: '' }))), ['comment']);
  });

  it('offers options for a choice, and the buttons at the end', () => {
    const form = formOf(answerWithText(waiting([paragraph('comment'), select]), 'x'), 'ask');
    assert.deepEqual(texts(nextQuestionParts(form)), ['priority']);
    assert.deepEqual(labels(nextQuestionParts(form)), [['low', 'high']]);
    const complete = formOf(answerWithText(form, '2'), 'ask');
    assert.deepEqual(labels(nextQuestionParts(complete)), [['Approve', 'Reject']]);
    assert.deepEqual(labels(formParts(waiting([select]))), [['low', 'high']]);
  });
});
