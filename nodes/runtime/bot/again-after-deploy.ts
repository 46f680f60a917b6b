import { CancelledError } from '../../../lib/core/errors';
import type { FlowsPhase } from '../flows-phase';

/**
 * A deploy that leaves a node as it is may replace the portal that it works with, and what had not left for it comes
 * back. The work is done once more then: the records of its event know what had.
 */
export async function againAfterDeploy<T>(
  work: () => Promise<T>,
  phase: FlowsPhase,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CancelledError) || signal.aborted || phase.isSettled()) throw error;
      await phase.settled();
    }
  }
}
