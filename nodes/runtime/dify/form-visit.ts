import { textAt } from '../../../lib/core/fields';
import type { SubmittedForm } from '../../../lib/dify/submitted-form';
import type { WaitingForm } from '../../../lib/dify/waiting-form';
import type { FormAnswer } from './answer-message';
import type { Asking } from './asking';

/** A message, and the forms that its dialog has. */
export interface Visit {
  readonly asking: Asking;
  readonly key: string;
  readonly waiting: readonly WaitingForm[];
  readonly submitted: readonly SubmittedForm[];
  /** A button, which names its form. */
  readonly click: FormAnswer | undefined;
}

/** A button names its form. What is typed is for the first form of the conversation that goes on. */
export function formFor({ waiting, click, asking }: Visit): WaitingForm | undefined {
  if (click) return waiting.find(({ formToken }) => formToken === click.formToken);
  const { conversation } = asking;
  const current = conversation?.id;
  // A conversation that we keep and that has no id is over; of one that the flow keeps, nothing is known.
  const isAnyones = current === undefined && conversation?.isKept !== true;
  return waiting.find(
    ({ conversationId }) => conversationId === undefined || isAnyones || conversationId === current,
  );
}

export function ofRun(waiting: readonly WaitingForm[], { workflowRunId }: WaitingForm): WaitingForm[] {
  return waiting.filter((form) => form.workflowRunId === workflowRunId);
}

/** Commands and joinings are no answers. A flow that starts by itself need not say what it is. */
export function isSaid({ message }: Asking): boolean {
  return (textAt(message.bitrix, 'kind') ?? 'message') === 'message';
}

export function eventIdOf({ message }: Asking): string | undefined {
  return textAt(message.bitrix, 'eventId');
}

export function noted(form: WaitingForm, asking: Asking): WaitingForm {
  const eventId = eventIdOf(asking);
  return eventId === undefined ? form : { ...form, lastEventId: eventId };
}

export function replaced(waiting: readonly WaitingForm[], form: WaitingForm): WaitingForm[] {
  return waiting.map((one) => (one.formToken === form.formToken ? form : one));
}
