import { RefusedError, UnreachableError } from '../../core/errors';

/**
 * Tells of each piece of work whether the portal answered and takes the key. What was stopped, or was never sent, says
 * nothing of it. A key that was refused is taken again when a call is; another refusal may have come before the key was
 * looked at.
 */
export function tellingReach(
  onReach: ((failure: Error | undefined) => void) | undefined,
): <T>(work: Promise<T>) => Promise<T> {
  if (!onReach) return (work) => work;
  let refusal: Error | undefined;
  return async (work) => {
    try {
      const answer = await work;
      onReach((refusal = undefined));
      return answer;
    } catch (thrown) {
      if (isOfTheKey(thrown)) refusal = thrown;
      if (thrown instanceof RefusedError || isTooLong(thrown)) onReach(refusal);
      else if (thrown instanceof UnreachableError && thrown.code === 'BITRIX_UNREACHABLE') onReach(thrown);
      throw thrown;
    }
  };
}

/** Of a good key these say only that it may not do this one thing; some calls are made to find that out. */
const ofOneRight: ReadonlySet<string | undefined> = new Set(['ACCESS_DENIED', 'insufficient_scope']);

const isOfTheKey = (thrown: unknown): thrown is RefusedError =>
  thrown instanceof RefusedError && thrown.code === 'BITRIX_AUTH' && !ofOneRight.has(thrown.serviceCode);

/** Then there was an answer, and more of it than anybody could want. */
const isTooLong = (thrown: unknown): boolean =>
  thrown instanceof UnreachableError && thrown.params['reason'] === 'TOO_LARGE';
