/** A node as people know it: what warnings and outcomes may say about it. */
export interface NodeName {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
}

export interface FlowFault {
  readonly code?: string;
  /** What the node wanted may have happened all the same. */
  readonly isUnclear?: boolean;
  /** Of the answer of the service that was asked. */
  readonly status?: number;
  /** Redacted and cut; never shown in warnings. */
  readonly message: string;
  readonly nodeId: string;
  readonly nodeType: string;
}

/**
 * finished: every branch has ended. failed: so has it, with an error that no Catch node took. interrupted: a deploy
 * or a stop threw work away, so it has to be done again. unknown: some node never reported; not to be done again.
 */
export type FlowEnd = 'finished' | 'failed' | 'interrupted' | 'unknown';

/** What the verdict rests on: guess = the last node to end never reports, and was quiet for long enough. */
export type FlowEvidence = 'report' | 'guess' | 'request' | 'deploy' | 'limit' | 'no-hooks';

export interface FlowOutcome {
  readonly how: FlowEnd;
  readonly by: FlowEvidence;
  readonly error?: FlowFault;
  /** unknown: the nodes that never reported. interrupted: those whose work was lost. */
  readonly openNodes?: readonly NodeName[];
}

export interface TrackOptions {
  /** Who started the flow, in words that may stand in a log. */
  readonly label: string;
  /** Counted from the last activity of the flow. */
  readonly timeoutMs: number;
  /** Counted from the start, for flows that run in a circle. */
  readonly hardCapMs: number;
  /** Called once, outside every flow; for an interruption possibly while flows are being stopped. */
  onEnd(outcome: FlowOutcome): void;
  /** A node sent something on although the flow had ended: the end was too early. */
  onLateSend?(node: NodeName): void;
}

export interface TrackedFlow {
  readonly label: string;
  readonly outcome: FlowOutcome | undefined;
  /** Ends it as finished, whatever still runs: `finish: reply` and `finish: now`. */
  finishNow(): void;
  /** Forgets it without an outcome: the source is gone for good and nobody wants to know. */
  abandon(): void;
}

export interface FlowTracker {
  /** Call it, then send the message in the same turn of the event loop. */
  track(message: object, options: TrackOptions): TrackedFlow;
  /** Keeps the flow of a message alive until the returned function is called; for nodes that know better than a guess. */
  hold(message: object, by?: NodeName): () => void;
  finishNow(message: object): void;
  /** The live flow that a message, or a copy of it, belongs to. */
  of(message: object): TrackedFlow | undefined;
  /** What is told within is no affair of the flow in which it came up: the trouble of a store, for example. */
  outside(act: () => void): void;
}
