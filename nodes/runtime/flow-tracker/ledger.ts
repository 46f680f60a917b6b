import type { LiveNode } from './host';
import type { Timers } from './timers';
import type { FlowEvidence, FlowFault, FlowOutcome, NodeName, TrackOptions } from './types';

/** One thing that keeps a flow alive: a message in the hands of a node, or a hold. */
export interface Token {
  readonly entry: Entry;
  readonly node: LiveNode | NodeName | undefined;
  readonly message: object | undefined;
  /** The node says when it is done with the message. */
  readonly reports: boolean;
  /** A node that does not report has sent something on. */
  answered: boolean;
  /** Set while silence of the node is waited for. */
  stopWatching: (() => void) | undefined;
}

/** A tracked flow. */
export interface Entry {
  readonly id: string;
  /** This entry as a list, so that the usual case of one owner makes no garbage. */
  readonly alone: readonly Entry[];
  readonly options: TrackOptions;
  readonly messageId: string;
  readonly startedAt: number;
  /** How many deploys had begun or ended when it began. */
  readonly deploys: number;
  /** Messages that are on their way to a node. */
  readonly pending: Map<object, number>;
  readonly open: Set<Token>;
  /** Nodes that reported while flows were being stopped: core nodes call done for what they throw away. */
  readonly closedWhileStopping: LiveNode[];
  lastActivity: number;
  /** Grows with each event, to notice that something happened in between. */
  seq: number;
  checking: boolean;
  by: FlowEvidence;
  fault: FlowFault | undefined;
  outcome: FlowOutcome | undefined;
  stopLimit: () => void;
}

export interface Ledger {
  touch(entry: Entry): void;
  addPending(entry: Entry, message: object): void;
  takePending(entry: Entry, message: object): void;
  open(entry: Entry, holder: Pick<Token, 'node' | 'message' | 'reports'>): Token;
  close(token: Token, by: FlowEvidence): void;
  tokensOf(message: object, node: LiveNode): readonly Token[];
  /** Looks whether the flow is over, once everything that was started in this turn has been seen. */
  settle(entry: Entry): void;
  clear(entry: Entry): void;
}

const none: readonly Token[] = [];

export function createLedger(timers: Timers, whenEmpty: (entry: Entry) => void): Ledger {
  // Not weak: every token is closed or cleared some time, and a WeakMap of this size is a burden on the collector.
  const tokensByMessage = new Map<object, Token[]>();

  const isEmpty = (entry: Entry): boolean => entry.open.size === 0 && entry.pending.size === 0;

  function touch(entry: Entry): void {
    entry.seq += 1;
    entry.lastActivity = timers.now();
  }

  /** `done()` before `send()` in one turn is legal, so zero counts only a turn later. */
  function settle(entry: Entry): void {
    if (entry.checking || entry.outcome || !isEmpty(entry)) return;
    entry.checking = true;
    const seq = entry.seq;
    timers.nextTurn(() => {
      entry.checking = false;
      if (entry.outcome || !isEmpty(entry)) return;
      if (entry.seq === seq) whenEmpty(entry);
      else settle(entry);
    });
  }

  function forget(token: Token): void {
    token.stopWatching?.();
    token.stopWatching = undefined;
    const tokens = token.message && tokensByMessage.get(token.message);
    if (!tokens || !token.message) return;
    if (tokens.length > 1) tokens.splice(tokens.indexOf(token), 1);
    else tokensByMessage.delete(token.message);
  }

  return {
    touch,
    settle,

    addPending(entry, message) {
      touch(entry);
      entry.pending.set(message, (entry.pending.get(message) ?? 0) + 1);
    },

    takePending(entry, message) {
      const times = entry.pending.get(message) ?? 0;
      if (times > 1) entry.pending.set(message, times - 1);
      else entry.pending.delete(message);
    },

    open(entry, { node, message, reports }) {
      touch(entry);
      const token: Token = { entry, node, message, reports, answered: false, stopWatching: undefined };
      entry.open.add(token);
      if (!message) return token;
      const tokens = tokensByMessage.get(message);
      if (tokens) tokens.push(token);
      else tokensByMessage.set(message, [token]);
      return token;
    },

    close(token, by) {
      const { entry } = token;
      if (!entry.open.delete(token)) return;
      forget(token);
      entry.by = by;
      touch(entry);
      settle(entry);
    },

    tokensOf(message, node) {
      const tokens = tokensByMessage.get(message);
      if (!tokens) return none;
      return tokens.every((token) => token.node === node)
        ? [...tokens]
        : tokens.filter((token) => token.node === node);
    },

    clear(entry) {
      for (const token of entry.open) forget(token);
      entry.open.clear();
      entry.pending.clear();
      entry.closedWhileStopping.length = 0;
    },
  };
}
