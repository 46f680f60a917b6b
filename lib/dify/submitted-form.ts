import type { FormReference } from './human-form';
import type { WaitingForm } from './waiting-form';

/**
 * A form that a message has submitted. It is kept for when that message is handed out once more: what it said must not
 * be asked as a question, and the answer of the run may not have reached the person.
 */
export type SubmittedForm = WaitingForm & Required<Pick<WaitingForm, 'submittedBy' | 'submittedAction'>>;

/** Longer than any event is handed out again. */
const keptMs = 24 * 60 * 60 * 1000;
/** The latest are the ones that may come again. */
const mostKept = 10;

export function isSubmitted(form: WaitingForm): form is SubmittedForm {
  return form.submittedBy !== undefined && form.submittedAction !== undefined;
}

export interface Submitting {
  readonly action: string;
  readonly eventId: string;
  readonly now: number;
}

export function submittedForm(form: WaitingForm, { action, eventId, now }: Submitting): SubmittedForm {
  return { ...form, submittedBy: eventId, submittedAction: action, expiresAt: now + keptMs };
}

/** The form as it was before, for another try. */
export function notSubmitted(form: WaitingForm): WaitingForm {
  const { submittedBy, submittedAction, ...rest } = form;
  return submittedBy === undefined && submittedAction === undefined ? form : rest;
}

/** What is known of a form of which there is only its button. */
export function formOfButton(reference: FormReference & { readonly action: string }): WaitingForm {
  const { formToken, workflowRunId, action } = reference;
  const actions = [{ id: action, title: action }];
  return {
    formToken,
    workflowRunId,
    actions,
    content: '',
    inputs: [],
    values: {},
    rejections: 0,
    misses: 0,
    expiresAt: 0,
  };
}

export function withSubmitted(before: readonly SubmittedForm[], form: SubmittedForm): SubmittedForm[] {
  return [form, ...before.filter(({ formToken }) => formToken !== form.formToken)].slice(0, mostKept);
}
