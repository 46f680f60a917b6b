import { BitlaneError, RefusedError } from '../core/errors';
import { DifyRunError } from './answer';

/**
 * What a failure says of the form that was to be answered. `closed`: somebody else was first, or its time is up.
 * `gone`: it is not there any more, or it was taken and its run has failed. `unfit`: it waits on for a better answer.
 */
export type FormRefusal = 'closed' | 'gone' | 'unfit';

export function formRefusal(error: unknown): FormRefusal | undefined {
  if (endedLater(error)) return 'gone';
  if (!(error instanceof RefusedError)) return undefined;
  if (error.code === 'DIFY_FORM_CLOSED') return 'closed';
  if (error.status === 404) return 'gone';
  return error.serviceCode === 'invalid_form_data' ? 'unfit' : undefined;
}

/** What may be said of a form because it was taken already, when it is submitted once more. */
export function mayHaveBeenTaken(error: unknown): boolean {
  return formRefusal(error) === 'closed' || (error instanceof RefusedError && error.status === 404);
}

/** These come of a run that goes on, and it does so only when the form was taken. */
function endedLater(error: unknown): boolean {
  if (error instanceof DifyRunError) return true;
  if (!(error instanceof BitlaneError)) return false;
  const { code, params } = error;
  if (code === 'DIFY_INTERRUPTED') return true;
  return code === 'DIFY_TIMEOUT' && (params['timer'] === 'progress' || params['timer'] === 'total');
}
