import { matchChoice } from '../core/choices/match-choice';
import type { Choice } from '../core/parts';
import type { DifyFileInput } from './file-input';
import type { FormReference, HumanForm, HumanFormInput } from './human-form';
import type { DifyResult } from './request';

/** A form that can be answered in the chat, as far as it is filled in. */
export interface FormInHand extends FormReference {
  readonly content: string;
  readonly actions: readonly HumanForm['actions'][number][];
  readonly inputs: readonly HumanFormInput[];
  /** By the names of the inputs. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A form on which a run waits for somebody in a dialog. Plain JSON. */
export interface WaitingForm extends FormInHand {
  readonly conversationId?: string;
  readonly expiresAt: number;
  /** How often Dify has not taken what was filled in. */
  readonly rejections: number;
  /** How many messages in a row were no answer to it. */
  readonly misses: number;
  /** What has brought the form to where it is. It may be handed out once more. */
  readonly lastEventId?: string;
  /** The event that submitted it, and how: it waits no more. */
  readonly submittedBy?: string;
  readonly submittedAction?: string;
}

/** What comes of a message to a form. */
export type FormStep =
  /** It was taken, and this is what to ask for next. */
  | { readonly next: 'ask'; readonly form: WaitingForm }
  /** It was no answer to what the form asks for. */
  | { readonly next: 'repeat'; readonly form: WaitingForm }
  | { readonly next: 'submit'; readonly form: WaitingForm; readonly action: string };

/** As long as Dify itself keeps a form that does not say it. */
const usualLifeMs = 3 * 24 * 60 * 60 * 1000;
/** Whoever is refused so often will not be taken the next time: the form must not keep the bot for itself. */
const mostRejections = 3;
/** Whoever says so often what the form cannot take wants something else. */
const mostMisses = 5;
/** More forms at a time nobody answers in a chat. */
const mostWaiting = 10;

/** Those that can be answered by way of the API, and that lead somewhere. A run that goes on waits for none. */
export function formsInHand({ status, forms, workflowRunId }: DifyResult) {
  if (status !== 'paused') return [];
  return forms.flatMap(({ formToken, content, actions, inputs, expiresAt }) => {
    if (formToken === null || workflowRunId === undefined || actions.length === 0) return [];
    return [{ formToken, workflowRunId, content, actions, inputs, values: {}, expiresAt }];
  });
}

export interface WhenItPaused {
  readonly now: number;
  readonly eventId: string | undefined;
}

/** A run that is listened to again may tell once more of the form by which it was woken. */
export function withoutForm(result: DifyResult, formToken: string): DifyResult {
  return { ...result, forms: result.forms.filter((form) => form.formToken !== formToken) };
}

/** What waits when a run has come to its end or to a pause: its own forms first, then those of other runs. */
export function waitingAfter(
  before: readonly WaitingForm[],
  result: DifyResult,
  { now, eventId }: WhenItPaused,
): WaitingForm[] {
  const { conversationId, workflowRunId } = result;
  const fresh = formsInHand(result).map(({ expiresAt = now + usualLifeMs, ...form }): WaitingForm => ({
    ...form,
    expiresAt,
    rejections: 0,
    misses: 0,
    ...(conversationId !== undefined && { conversationId }),
    ...(eventId !== undefined && { lastEventId: eventId }),
  }));
  const others = before.filter((form) => form.workflowRunId !== workflowRunId);
  return [...fresh, ...others].slice(0, mostWaiting);
}

/** What the form asks for now; nothing when only the action is left. */
export function openInput({ inputs, values }: FormInHand): HumanFormInput | undefined {
  return inputs.find(({ name }) => !Object.hasOwn(values, name));
}

export function wantsFiles({ type }: HumanFormInput): boolean {
  return type === 'file' || type === 'file-list';
}

export function optionChoices({ options = [] }: HumanFormInput): Choice[] {
  return options.map((option, place) => ({ id: `option-${place + 1}`, label: option, value: option }));
}

export function actionChoices({ actions }: FormInHand): Choice[] {
  return actions.map(({ id, title }) => ({ id, label: title, value: id }));
}

export function answerWithText(form: WaitingForm, text: string): FormStep {
  const input = openInput(form);
  if (!input) {
    const [action] = matchChoice(actionChoices(form), text) ?? [];
    return action ? { next: 'submit', form, action: action.id } : { next: 'repeat', form };
  }
  const value = wantsFiles(input) ? undefined : valueFor(input, text);
  return value === undefined ? { next: 'repeat', form } : filled(form, input, value);
}

export function answerWithFiles(form: WaitingForm, files: readonly DifyFileInput[]): FormStep {
  const input = openInput(form);
  const [first] = files;
  if (!input || !wantsFiles(input) || !first) return { next: 'repeat', form };
  return filled(form, input, input.type === 'file' ? first : files);
}

/** A button counts when there is nothing left to fill in. */
export function answerWithAction(form: WaitingForm, action: string): FormStep {
  return openInput(form) ? { next: 'repeat', form } : { next: 'submit', form, action };
}

/** The form as it is after Dify has not taken its content; nothing when it is given up. */
export function rejected(form: WaitingForm): WaitingForm | undefined {
  const rejections = form.rejections + 1;
  return rejections < mostRejections ? { ...form, values: {}, rejections } : undefined;
}

/** The form after a message that was no answer to it; nothing when it is given up. */
export function missed(form: WaitingForm): WaitingForm | undefined {
  const misses = form.misses + 1;
  return misses < mostMisses ? { ...form, misses } : undefined;
}

function valueFor(input: HumanFormInput, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const choices = optionChoices(input);
  return choices.length === 0 ? text : matchChoice(choices, text)?.[0]?.value;
}

function filled(form: WaitingForm, { name }: HumanFormInput, value: unknown): FormStep {
  const next = { ...form, misses: 0, values: { ...form.values, [name]: value } };
  const [action, ...otherActions] = form.actions;
  const isComplete = openInput(next) === undefined;
  if (isComplete && action && otherActions.length === 0)
    return { next: 'submit', form: next, action: action.id };
  return { next: 'ask', form: next };
}
