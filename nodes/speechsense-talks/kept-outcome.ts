import { systemClock } from '../../lib/core/clock';
import { BitlaneError, CancelledError, toError, type ErrorCode } from '../../lib/core/errors';
import { notReady } from '../../lib/speechsense/analysis-outcome';
import type { Talk } from '../../lib/speechsense/talk';
import type { WaitingTalk } from '../../lib/speechsense/waiting-talks';
import type { FailureOf } from '../runtime/sync/row-flow';
import type { TalksDesk } from './talks-desk';

export interface Analysed {
  readonly talkId: string;
  readonly outcome: Talk | Error;
}

export interface AnalysisParts {
  readonly desk: TalksDesk;
  readonly signal: AbortSignal;
  readonly limitMs: number;
  /** It keeps talks waiting, and is about none of them. */
  readonly onTrouble: (error: Error) => void;
}

/** About this very talk. Anything else, a key that was changed for one, somebody mends before the time is up. */
const aboutTalk: readonly ErrorCode[] = ['SPEECHSENSE_ANALYSIS', 'INPUT_INVALID'];
export const mendedWithinMs = 10 * 60_000;

/** The talk, or why there is none. Rejects only when the node closes. */
export async function awaitAnalysis(talk: WaitingTalk, parts: AnalysisParts): Promise<Analysed> {
  const { talkId, since } = talk;
  const { desk, signal, limitMs, onTrouble } = parts;
  for (;;) {
    const leftMs = Math.max(since + limitMs - systemClock.now(), 0);
    try {
      const request = { results: desk.mask, limitMs: leftMs, signal };
      return { talkId, outcome: await desk.client.waitUntilAnalysed(talkId, request) };
    } catch (thrown) {
      const error = toError(thrown);
      if (signal.aborted) throw new CancelledError();
      if (isAbout(error, ['SPEECHSENSE_NOT_READY'])) {
        return { talkId, outcome: notReady(limitMs, undefined) };
      }
      if (isAbout(error, aboutTalk) || leftMs === 0) return { talkId, outcome: error };
      if (!(error instanceof CancelledError)) onTrouble(error);
      await systemClock.sleep(Math.min(mendedWithinMs, leftMs), signal);
    }
  }
}

function isAbout(error: Error, codes: readonly ErrorCode[]): boolean {
  return error instanceof BitlaneError && codes.includes(error.code);
}

/** The flow behind the node may go well in a while. */
const passing: ReadonlySet<string> = new Set([
  ...['BITRIX_UNREACHABLE', 'BITRIX_RATE_LIMIT', 'BITRIX_OVERLOADED', 'STORE_UNAVAILABLE', 'CANCELLED'],
]);

export const failureOfFlow: FailureOf = (code) => (passing.has(code) ? undefined : 'final');
