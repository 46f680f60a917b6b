import { RefusedError, UnreachableError } from '../../../lib/core/errors';

/**
 * What is asked before a run only prepares it: a failure leaves no doubt whether something ran, though nobody knows how
 * far the request came.
 */
export async function beforeRun<T>(prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    throw withoutDoubt(error);
  }
}

function withoutDoubt(error: unknown): unknown {
  if (!(error instanceof UnreachableError) && !isOfProxy(error)) return error;
  const { code, message, params } = error;
  return new UnreachableError(code, message, { sent: false, params, cause: error });
}

/** It has stopped waiting for what stands behind it. */
function isOfProxy(error: unknown): error is RefusedError {
  return error instanceof RefusedError && (error.status === 504 || error.status === 524);
}
