import { BitlaneError, type ErrorCode } from '../../../lib/core/errors';
import { textOfParts, type Part } from '../../../lib/core/parts';
import type { Settings } from '../settings';
import type { Emit, Message } from '../shell';

export const failureWays = ['error', 'say', 'operator'] as const;

/** Decides what the person sees when a bot has no answer. Resolves with the failure when the flow goes on with it. */
export type FailurePath = (
  message: Message,
  failure: Error,
  emit: Emit,
  /** What the bot had said before it failed, when it will not say it again. */
  said?: readonly Part[],
) => Error;

/**
 * `error`: the failure is the message's, for a Catch node. `say`: the person reads one sentence instead of the answer.
 * `operator`: the reply node then brings a person in as well. A failure is told in the status in each case.
 */
export function readFailurePath(settings: Settings): FailurePath {
  const way = settings.choice('onFailure', failureWays);
  const text = settings.text('failureText');
  return (message, failure, emit, said = []) => {
    if (said.length > 0) Object.assign(message, { payload: textOfParts(said), parts: said });
    const isSilent = way === 'say' && text === '';
    if (way === 'error' || isSilent) throw failure;
    const sentence: Part[] = text === '' ? [] : [{ type: 'text', text, format: 'plain' }];
    const parts = [...said, ...sentence];
    const code = codeOf(failure);
    Object.assign(message, { payload: textOfParts(parts), parts, format: 'plain', failure: { code } });
    if (way === 'operator') message.handOver = { reason: code };
    emit(message);
    return failure;
  };
}

function codeOf(failure: Error): ErrorCode {
  return failure instanceof BitlaneError ? failure.code : 'INTERNAL';
}
