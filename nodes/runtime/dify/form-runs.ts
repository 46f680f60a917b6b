import type { RunKind } from '../../../lib/dify/answer';
import type { DifyClient } from '../../../lib/dify/client';
import { mayHaveBeenTaken } from '../../../lib/dify/form-refusal';
import type { FormReference } from '../../../lib/dify/human-form';
import type { DifyResult } from '../../../lib/dify/request';
import type { RunToReadOn } from '../../../lib/dify/runs';
import { withoutForm, type WaitingForm } from '../../../lib/dify/waiting-form';
import type { Asking } from './asking';

export type Submission = FormReference & Partial<Pick<WaitingForm, 'conversationId' | 'values'>>;

/** Lets the runs go on that wait for a form. */
export interface FormRuns {
  submit(form: Submission, action: string, asking: Asking): Promise<DifyResult>;
  /** What may have been submitted before. Dify takes a form once, so that to try is safe. */
  submitOrReadOn(form: Submission, action: string, asking: Asking): Promise<DifyResult>;
}

export function createFormRuns(client: Pick<DifyClient, 'submitForm' | 'readOn'>, kind: RunKind): FormRuns {
  function runOf({ formToken, workflowRunId, ...form }: Submission, asking: Asking): RunToReadOn {
    const { id, sessionKey } = asking.conversation ?? {};
    const conversationId = form.conversationId ?? id;
    return {
      kind,
      formToken,
      workflowRunId,
      user: asking.user,
      ...(conversationId !== undefined && { conversationId }),
      ...(sessionKey !== undefined && { sessionKey }),
    };
  }

  async function submit(form: Submission, action: string, asking: Asking): Promise<DifyResult> {
    const request = { ...runOf(form, asking), action, inputs: form.values ?? {} };
    return withoutForm(await client.submitForm(request, asking.options), form.formToken);
  }

  return {
    submit,
    async submitOrReadOn(form, action, asking) {
      try {
        return await submit(form, action, asking);
      } catch (error) {
        if (!mayHaveBeenTaken(error)) throw error;
        return withoutForm(await client.readOn(runOf(form, asking), asking.options), form.formToken);
      }
    },
  };
}
