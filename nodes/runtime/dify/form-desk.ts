import type { FormMemory } from '../../../lib/conversation/forms/form-memory';
import type { Clock } from '../../../lib/core/clock';
import { toError } from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import type { Part } from '../../../lib/core/parts';
import { createTurns } from '../../../lib/core/turns';
import type { RunKind } from '../../../lib/dify/answer';
import type { DifyClient } from '../../../lib/dify/client';
import { formParts, nextQuestionParts } from '../../../lib/dify/form-parts';
import { formRefusal } from '../../../lib/dify/form-refusal';
import type { DifyResult } from '../../../lib/dify/request';
import {
  answerWithAction,
  answerWithFiles,
  answerWithText,
  formsInHand,
  openInput,
  rejected,
  waitingAfter,
  wantsFiles,
  withoutForm,
  type FormStep,
  type WaitingForm,
} from '../../../lib/dify/waiting-form';
import { readFormAnswer, type FormAnswer } from './answer-message';
import type { Asking } from './asking';
import { uploadForForm } from './form-files';

export interface FormDeskParts {
  readonly client: Pick<DifyClient, 'submitForm' | 'uploadFiles'>;
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

interface Visit {
  readonly asking: Asking;
  readonly key: string;
  readonly waiting: readonly WaitingForm[];
  /** A button, which names its form. */
  readonly click: FormAnswer | undefined;
}

type Submission = Omit<FormAnswer, 'action'> & Partial<Pick<WaitingForm, 'conversationId' | 'values'>>;

/** Of the process: two messages of one dialog may reach different nodes. */
const turns = createTurns();

export function createFormDesk(parts: FormDeskParts): FormDesk {
  const { client, kind, memory, keyOf, clock, onNotice } = parts;

  async function visit(at: Visit): Promise<FormOutcome | undefined> {
    const { asking, key, waiting, click } = at;
    const form = formFor(at);
    if (!form) return click && { result: await submitUnknown(at, click) };
    // What came of the event is in the form already, and the answer to it was lost on its way.
    if (form.lastEventId !== undefined && form.lastEventId === eventIdOf(asking)) return wholly(form);
    const step = await stepOf(form, at);
    if (step.next === 'submit') return submitFilled(step, at);
    if (step.next === 'repeat') return wholly(step.form);
    await memory.keep(key, replaced(waiting, noted(step.form, asking)));
    return { form: step.form, parts: nextQuestionParts(step.form) };
  }

  async function stepOf(form: WaitingForm, { asking, click }: Visit): Promise<FormStep> {
    if (click) return answerWithAction(form, click.action);
    const input = openInput(form);
    if (!input || !wantsFiles(input)) return answerWithText(form, (await asking.hear()).words);
    return answerWithFiles(form, await uploadForForm({ client, asking, onNotice }, input));
  }

  async function submitFilled(
    { form, action }: Extract<FormStep, { next: 'submit' }>,
    at: Visit,
  ): Promise<FormOutcome | undefined> {
    const { asking, key, waiting, click } = at;
    const rest = waiting.filter(({ formToken }) => formToken !== form.formToken);
    try {
      const result = await submit(form, action, asking);
      await memory.keep(key, waitingAfter(waiting, result, pauseAt(asking)));
      return { result };
    } catch (error) {
      const refusal = formRefusal(error);
      const again = refusal === 'unfit' ? rejected(form) : undefined;
      if (again) {
        onNotice(toError(error));
        await memory.keep(key, replaced(waiting, noted(again, asking)));
        return wholly(again);
      }
      if (refusal !== undefined) await memory.keep(key, rest);
      // Who typed had no way of knowing; who pressed its button is told.
      if (refusal === 'closed' && !click) return visit({ ...at, waiting: rest });
      throw error;
    }
  }

  /** A button that nobody remembers: of a dialog without a memory, or of long ago. */
  async function submitUnknown({ asking, key, waiting }: Visit, click: FormAnswer): Promise<DifyResult> {
    const result = await submit(click, click.action, asking);
    await memory.keep(key, waitingAfter(waiting, result, pauseAt(asking)));
    return result;
  }

  async function submit(form: Submission, action: string, asking: Asking): Promise<DifyResult> {
    const { formToken, workflowRunId, values = {} } = form;
    const { id, sessionKey } = asking.conversation ?? {};
    const conversationId = form.conversationId ?? id;
    const known = {
      ...(conversationId !== undefined && { conversationId }),
      ...(sessionKey !== undefined && { sessionKey }),
    };
    const request = { kind, formToken, workflowRunId, action, inputs: values, user: asking.user, ...known };
    return withoutForm(await client.submitForm(request, asking.options), formToken);
  }

  const pauseAt = (asking: Asking) => ({ now: clock.now(), eventId: eventIdOf(asking) });

  return {
    async take(asking) {
      const click = readFormAnswer(asking.message.choice);
      if (!click && !isSaid(asking)) return undefined;
      const key = keyOf(asking);
      if (key === undefined) return click && { result: await submit(click, click.action, asking) };
      // From reading a form to writing it: two messages must not fill in the same field.
      const turn = await turns.take([key], asking.options.signal);
      try {
        return await visit({ asking, key, click, waiting: await memory.load(key) });
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
        await memory.keep(key, waitingAfter(await memory.load(key), result, pauseAt(asking)));
      } finally {
        turn.release();
      }
    },
  };
}

/** A button names its form. What is typed is for the first form of the conversation that goes on. */
function formFor({ waiting, click, asking }: Visit): WaitingForm | undefined {
  if (click) return waiting.find(({ formToken }) => formToken === click.formToken);
  const current = asking.conversation?.id;
  return waiting.find(
    ({ conversationId }) =>
      conversationId === undefined || current === undefined || conversationId === current,
  );
}

/** Commands and joinings are no answers. A flow that starts by itself need not say what it is. */
function isSaid({ message }: Asking): boolean {
  return (textAt(message.bitrix, 'kind') ?? 'message') === 'message';
}

function eventIdOf({ message }: Asking): string | undefined {
  return textAt(message.bitrix, 'eventId');
}

function noted(form: WaitingForm, asking: Asking): WaitingForm {
  const eventId = eventIdOf(asking);
  return eventId === undefined ? form : { ...form, lastEventId: eventId };
}

function replaced(waiting: readonly WaitingForm[], form: WaitingForm): WaitingForm[] {
  return waiting.map((one) => (one.formToken === form.formToken ? form : one));
}

function wholly(form: WaitingForm): FormOutcome {
  return { form, parts: formParts(form) };
}
