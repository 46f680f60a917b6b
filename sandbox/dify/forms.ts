import { randomBytes, randomUUID } from 'node:crypto';
import { isMap } from '../shared/params';
import type { DifyApp } from './app';
import { badRequest, DifyRefusal, notFound } from './refusal';
import type { StreamEvent } from './scenario';
import {
  seconds,
  type DifyState,
  type FormAction,
  type FormInit,
  type FormInput,
  type HumanForm,
} from './state';

export interface Forms {
  open: (init: FormInit, app: DifyApp, runId: string) => HumanForm;
  /** Throws when the form is unknown or waits no more. */
  find: (app: DifyApp, token: string) => HumanForm;
  submit: (form: HumanForm, body: Readonly<Record<string, unknown>>) => void;
  /** The time is up; its run goes on without an answer. */
  expire: (form: HumanForm) => void;
}

export const usualForm: FormInit = {
  content: 'Shall the order go out?',
  inputs: [],
  actions: [
    { id: 'approve', title: 'Approve', style: 'primary' },
    { id: 'reject', title: 'Reject' },
  ],
  by: 'api',
  expiresInSeconds: 3 * 86_400,
};

export function createForms(state: DifyState, hide: (secret: string) => void): Forms {
  const closings = new Map<HumanForm, () => void>();

  function close(form: HumanForm, status: HumanForm['status']): void {
    form.status = status;
    closings.get(form)?.();
    closings.delete(form);
  }

  return {
    open(init, app, runId) {
      const token = formToken();
      hide(token);
      let noteClosed = (): void => undefined;
      const closed = new Promise<void>((resolve) => (noteClosed = resolve));
      const form: HumanForm = {
        ...init,
        id: randomUUID(),
        token,
        app,
        runId,
        closed,
        expiresAt: state.now() + init.expiresInSeconds * 1000,
        status: 'waiting',
        submission: undefined,
      };
      closings.set(form, noteClosed);
      state.forms.set(token, form);
      return form;
    },
    find(app, token) {
      const form = state.forms.get(token);
      // A form that went out by e-mail is not to be seen here.
      if (!form || form.app !== app || form.by === 'email') throw notFound('Form not found');
      if (form.status === 'submitted')
        throw new DifyRefusal(
          412,
          'human_input_form_submitted',
          `This form has already been submitted by another user, form_id=${form.id}`,
        );
      if (form.status === 'expired' || form.expiresAt <= state.now())
        throw new DifyRefusal(412, 'human_input_form_expired', `This form has expired, form_id=${form.id}`);
      return form;
    },
    submit(form, body) {
      form.submission = readSubmission(form, body);
      close(form, 'submitted');
    },
    expire: (form) => close(form, 'expired'),
  };
}

function readSubmission(
  form: HumanForm,
  { inputs, action }: Readonly<Record<string, unknown>>,
): NonNullable<HumanForm['submission']> {
  if (!isMap(inputs) || typeof action !== 'string') throw badRequest('inputs and action are required');
  const chosen = form.actions.find(({ id }) => id === action);
  if (!chosen) throw invalidForm(`Invalid action: ${action}`);
  const missing = form.inputs.filter(({ name }) => !Object.hasOwn(inputs, name));
  if (missing.length > 0)
    throw invalidForm(`Missing required inputs: ${missing.map(({ name }) => name).join(', ')}`);
  const faulty = form.inputs.find((input) => !fits(input, inputs[input.name]));
  if (faulty) throw invalidForm(`Invalid value for input: ${faulty.name}`);
  return { action: chosen, inputs };
}

function fits({ type, options = [] }: FormInput, value: unknown): boolean {
  if (type === 'file') return isMap(value);
  if (type === 'file-list') return Array.isArray(value) && value.every(isMap);
  return typeof value === 'string' && (type === 'paragraph' || options.includes(value));
}

function invalidForm(message: string): DifyRefusal {
  return new DifyRefusal(400, 'invalid_form_data', message);
}

/** The form as its endpoint shows it. The events call the same list `actions`. */
export function shownForm(form: HumanForm): Record<string, unknown> {
  return {
    form_content: form.content,
    inputs: form.inputs.map(shownInput),
    resolved_default_values: resolvedDefaults(form),
    user_actions: form.actions.map(shownAction),
    expiration_time: seconds(form.expiresAt),
  };
}

function shownInput({ type, name, options, default: fallback }: FormInput): Record<string, unknown> {
  const source = options ? { option_source: { type: 'constant', value: options } } : {};
  return { type, output_variable_name: name, default: fallback ?? null, ...source };
}

function shownAction({ id, title, style = 'default' }: FormAction): Record<string, unknown> {
  return { id, title, button_style: style };
}

function resolvedDefaults({ inputs }: FormInit): Record<string, string> {
  const known = inputs.flatMap((input) =>
    input.default === undefined ? [] : [[input.name, input.default] as const],
  );
  return Object.fromEntries(known);
}

function askedForm(form: HumanForm): Record<string, unknown> {
  const { user_actions: actions, ...shown } = shownForm(form);
  const token = form.by === 'email' ? null : form.token;
  const node = { node_id: 'human', node_title: 'Ask a person' };
  return {
    form_id: form.id,
    form_token: token,
    ...node,
    ...shown,
    actions,
    display_in_ui: form.by === 'api',
  };
}

export function pauseReasons(form: HumanForm): Record<string, unknown>[] {
  return [{ TYPE: 'human_input_required', ...askedForm(form) }];
}

export function pauseEvents(form: HumanForm): StreamEvent[] {
  const paused = {
    status: 'paused',
    paused_nodes: ['human'],
    outputs: {},
    elapsed_time: 0.3,
    total_tokens: 12,
    total_steps: 2,
  };
  return [
    { event: 'human_input_required', data: askedForm(form) },
    { event: 'workflow_paused', data: { ...paused, reasons: pauseReasons(form) } },
  ];
}

export function resumptionEvents(form: HumanForm): StreamEvent[] {
  const node = { node_id: 'human', node_title: 'Ask a person' };
  const started: StreamEvent = { event: 'workflow_started', data: { inputs: {}, reason: 'resumption' } };
  if (!form.submission)
    return [
      started,
      { event: 'human_input_form_timeout', data: { ...node, expiration_time: seconds(form.expiresAt) } },
    ];
  const { action, inputs } = form.submission;
  const filled = { rendered_content: form.content, action_id: action.id, action_text: action.title };
  return [
    started,
    { event: 'human_input_form_filled', data: { ...node, ...filled, submitted_data: inputs } },
  ];
}

/** Letters and digits, as Dify makes them. */
function formToken(): string {
  const letters = randomBytes(48)
    .toString('base64')
    .replace(/[^a-zA-Z0-9]/g, '');
  return letters.slice(0, 22);
}
