import type { FormMemory } from '../../../lib/conversation/forms/form-memory';
import type { Clock } from '../../../lib/core/clock';
import { toError } from '../../../lib/core/errors';
import { flagAt } from '../../../lib/core/fields';
import type { Part } from '../../../lib/core/parts';
import { createTurns } from '../../../lib/core/turns';
import type { RunKind } from '../../../lib/dify/answer';
import type { DifyClient } from '../../../lib/dify/client';
import { formParts, nextQuestionParts } from '../../../lib/dify/form-parts';
import { formRefusal } from '../../../lib/dify/form-refusal';
import type { DifyResult } from '../../../lib/dify/request';
import {
  formOfButton,
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
  formsInHand,
  missed,
  openInput,
  rejected,
  waitingAfter,
  wantsFiles,
  type FormStep,
  type WaitingForm,
} from '../../../lib/dify/waiting-form';
import { readFormAnswer } from './answer-message';
import type { Asking } from './asking';
import { uploadForForm } from './form-files';
import { createFormRuns } from './form-runs';
import { eventIdOf, formFor, isSaid, noted, ofRun, replaced, type Visit } from './form-visit';

export interface FormDeskParts {
  readonly client: Pick<DifyClient, 'submitForm' | 'readOn' | 'uploadFiles'>;
  readonly kind: RunKind;
  readonly memory: FormMemory;
  /** Where the forms of a dialog are kept, apart for each user of Dify: no other may answer them. Nowhere for what belongs to no dialog. */
  readonly keyOf: (asking: Asking) => string | undefined;
  readonly clock: Clock;
  readonly onNotice: (notice: Error) => void;
}

/** What becomes of a message to a form: the form has more to ask, or the run that waited has gone on. */
export type FormOutcome =
  { readonly form: WaitingForm; readonly parts: readonly Part[] } | { readonly result: DifyResult };

/** Answers the forms on which runs wait in a dialog. */
export interface FormDesk {
  /** Nothing when the message is none to a form. */
  take(asking: Asking): Promise<FormOutcome | undefined>;
  /** After a run: what it waits for now. */
  remember(result: DifyResult, asking: Asking): Promise<void>;
}

/** Of the process: two messages of one dialog may reach different nodes. */
const turns = createTurns();

export function createFormDesk(parts: FormDeskParts): FormDesk {
  const { client, memory, keyOf, clock, onNotice } = parts;
  const runs = createFormRuns(client, parts.kind);

  async function visit(at: Visit): Promise<FormOutcome | undefined> {
    const { asking, waiting, submitted, click } = at;
    const eventId = eventIdOf(asking);
    if (eventId !== undefined) {
      // What came of the event is in the form already, and the answer to it was lost on its way.
      const brought = waiting.find(({ lastEventId }) => lastEventId === eventId);
      if (brought) return wholly(brought);
      const before = submitted.find(({ submittedBy }) => submittedBy === eventId);
      if (before) return submitAgain(before, at);
    }
    if (!click && flagAt(asking.message.session, 'isReset')) return leave(waiting, at);
    const form = formFor(at);
    if (form) return fillIn(form, at);
    // Of a dialog without a memory, or of long ago.
    return click && submitFilled(formOfButton(click), click.action, at);
  }

  async function fillIn(form: WaitingForm, at: Visit): Promise<FormOutcome | undefined> {
    const { asking, waiting, click } = at;
    const step = await stepOf(form, at);
    if (step.next === 'submit') return submitFilled(step.form, step.action, at);
    if (step.next === 'repeat' && click) return wholly(step.form);
    const next = step.next === 'ask' ? step.form : missed(step.form);
    if (!next) return leave(ofRun(waiting, form), at);
    await keep(at, replaced(waiting, noted(next, asking)));
    return step.next === 'ask' ? { form: next, parts: nextQuestionParts(next) } : wholly(next);
  }

  async function stepOf(form: WaitingForm, { asking, click }: Visit): Promise<FormStep> {
    if (click) return answerWithAction(form, click.action);
    const input = openInput(form);
    if (!input || !wantsFiles(input)) return answerWithText(form, (await asking.hear()).words);
    return answerWithFiles(form, await uploadForForm({ client, asking, onNotice }, input));
  }

  /** The message is none to a form, and they wait for it no more. */
  async function leave(given: readonly WaitingForm[], at: Visit): Promise<undefined> {
    const rest = at.waiting.filter((form) => !given.includes(form));
    if (given.length > 0) await keep(at, rest);
    return undefined;
  }

  async function submitFilled(
    form: WaitingForm,
    action: string,
    at: Visit,
  ): Promise<FormOutcome | undefined> {
    const { asking, waiting, click } = at;
    const rest = waiting.filter(({ formToken }) => formToken !== form.formToken);
    const eventId = eventIdOf(asking);
    const submitted =
      eventId === undefined
        ? at.submitted
        : withSubmitted(at.submitted, submittedForm(form, { action, eventId, now: clock.now() }));
    // Before Dify knows of it: whatever ends this process, the event that comes again finds it.
    if (eventId !== undefined) await keep(at, rest, submitted);
    try {
      const result = await runs.submit(form, action, asking);
      await keep(at, waitingAfter(rest, result, pauseAt(asking)), submitted);
      return { result };
    } catch (error) {
      if (asking.options.signal.aborted) throw error;
      const refusal = formRefusal(error);
      if (refusal === 'unfit') return refused(form, error, at);
      await keep(at, refusal === undefined ? waiting : rest, refusal === 'gone' ? submitted : at.submitted);
      // Who typed had no way of knowing; who pressed its button is told.
      if (refusal === 'closed' && !click) return visit({ ...at, waiting: rest });
      throw error;
    }
  }

  /** Dify misses something in it. */
  async function refused(form: WaitingForm, error: unknown, at: Visit): Promise<FormOutcome> {
    const { asking, waiting, submitted } = at;
    const others = waiting.filter(({ formToken }) => formToken !== form.formToken);
    const again = rejected(form);
    const isKnown = others.length < waiting.length;
    if (!again || !isKnown) {
      await keep(at, others, submitted);
      throw error;
    }
    onNotice(toError(error));
    await keep(at, replaced(waiting, noted(again, asking)), submitted);
    return wholly(again);
  }

  /** The event has submitted it before; whether Dify has heard of that is not known. */
  async function submitAgain(before: SubmittedForm, at: Visit): Promise<FormOutcome> {
    const { asking, waiting } = at;
    const form = notSubmitted(before);
    try {
      const result = await runs.submitOrReadOn(form, before.submittedAction, asking);
      await keep(at, waitingAfter(waiting, result, pauseAt(asking)));
      return { result };
    } catch (error) {
      if (formRefusal(error) !== 'unfit') throw error;
      const submitted = at.submitted.filter((each) => each !== before);
      return refused(form, error, { ...at, waiting: [form, ...waiting], submitted });
    }
  }

  const pauseAt = (asking: Asking) => ({ now: clock.now(), eventId: eventIdOf(asking) });

  function keep(
    { key, submitted }: Pick<Visit, 'key' | 'submitted'>,
    waiting: readonly WaitingForm[],
    nowSubmitted: readonly SubmittedForm[] = submitted,
  ): Promise<void> {
    return memory.keep(key, [...waiting, ...nowSubmitted]);
  }

  async function load(key: string): Promise<Pick<Visit, 'waiting' | 'submitted'>> {
    const forms = await memory.load(key);
    return { waiting: forms.filter((form) => !isSubmitted(form)), submitted: forms.filter(isSubmitted) };
  }

  return {
    async take(asking) {
      const click = readFormAnswer(asking.message.choice);
      if (!click && !isSaid(asking)) return undefined;
      const key = keyOf(asking);
      if (key === undefined) return click && { result: await runs.submit(click, click.action, asking) };
      // From reading a form to writing it: two messages must not fill in the same field.
      const turn = await turns.take([key], asking.options.signal);
      try {
        return await visit({ asking, key, click, ...(await load(key)) });
      } finally {
        turn.release();
      }
    },
    async remember(result, asking) {
      const key = keyOf(asking);
      if (key === undefined || formsInHand(result).length === 0) return;
      // Also when the node closes: the run waits, whoever comes to answer it.
      const turn = await turns.take([key]);
      try {
        const { waiting, submitted } = await load(key);
        await keep({ key, submitted }, waitingAfter(waiting, result, pauseAt(asking)));
      } finally {
        turn.release();
      }
    },
  };
}

function wholly(form: WaitingForm): FormOutcome {
  return { form, parts: formParts(form) };
}
