import { BitlaneError, type ErrorCode } from '../../../lib/core/errors';
import { textOfParts, type Part } from '../../../lib/core/parts';
import type { Emit, Message } from '../shell';
import { readFailureText, type FailureTextShell } from './failure-text';

export const failureWays = ['error', 'say', 'operator'] as const;

/** Decides what the person sees when a bot has no answer. Resolves with the failure when the flow goes on with it. */
export type FailurePath = (
  message: Message,
  failure: Error,
  emit: Emit,
  /** What the bot had said before it failed, when it will not say it again. */
  said?: readonly Part[],
) => Promise<Error>;

/**
 * `error`: the failure is the message's, for a Catch node. `say`: the person reads one sentence instead of the answer.
 * `operator`: the reply node then brings a person in as well. A failure is told in the status in each case.
 */
export function readFailurePath(shell: FailureTextShell): FailurePath {
  const way = shell.settings.choice('onFailure', failureWays);
  const readText = readFailureText(shell);
  return async (message, failure, emit, said = []) => {
    // From the message as it came: the flow chose the sentence for what was asked.
    const text = way === 'error' ? '' : await readText(message);
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
