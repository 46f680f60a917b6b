import { at, flagAt, textAt } from '../../../lib/core/fields';
import { packRedactor } from '../redactor';
import type { LiveNode, LogEvent } from './host';
import type { Entry, Token } from './ledger';
import type { Ownership } from './ownership';
import type { Quiet } from './quiet';
import type { Running } from './running';
import type { Timing } from './timers';
import type { FlowFault } from './types';

/**
 * Node-RED writes an error into the log exactly when no Catch node took it, so the log decides which flows have
 * failed; the hooks only tell to which flow an error belongs.
 */
export interface Faults {
  /** A node said done with an error. Catch nodes and the log follow in the same call. */
  reported(node: LiveNode, owners: readonly Entry[], error: unknown): void;
  /** A Catch node has taken an error of this node. */
  caught(owners: readonly Entry[], nodeId: string | undefined): void;
  logged(event: LogEvent): void;
}

const longestMessage = 500;

export function createFaults(
  { ownership, running, quiet }: { ownership: Ownership; running: Running; quiet: Quiet },
  timing: Timing,
  errorLevel: number,
): Faults {
  let reportedNow: { nodeId: string; owners: readonly Entry[]; error: unknown } | undefined;

  /** Without `done` nothing else will come for this message; a node that goes on all the same keeps it alive by sending. */
  function giveGrace(owners: readonly Entry[], nodeId: string): void {
    const message = running.find(({ id }) => id === nodeId)?.message;
    for (const entry of owners) {
      const token = tokenAt(entry, nodeId, message);
      if (token) quiet.watch(token, timing.errorGraceMs);
    }
  }

  return {
    reported(node, owners, error) {
      const report = { nodeId: node.id, owners, error };
      reportedNow = report;
      queueMicrotask(() => {
        if (reportedNow === report) reportedNow = undefined;
      });
    },

    caught(owners, nodeId) {
      if (nodeId !== undefined && reportedNow?.nodeId !== nodeId) giveGrace(owners, nodeId);
    },

    logged(event) {
      const { id } = event;
      if (event.level !== errorLevel || typeof id !== 'string') return;
      const report = reportedNow?.nodeId === id ? reportedNow : undefined;
      const owners = report?.owners ?? soleOwner(ownership.guess((node) => node.id === id));
      for (const entry of owners) entry.fault ??= describe(event, id, report?.error);
      if (!report) giveGrace(owners, id);
    },
  };
}

/** With several flows in the hands of the node nobody can say whose error it is. */
function soleOwner(owners: readonly Entry[]): readonly Entry[] {
  return owners.length === 1 ? owners : [];
}

function tokenAt(entry: Entry, nodeId: string, message: object | undefined): Token | undefined {
  const candidates = [...entry.open].filter(
    (token) => token.message && token.node?.id === nodeId && !token.stopWatching,
  );
  return candidates.find((token) => token.message === message) ?? candidates[0];
}

function describe(event: LogEvent, nodeId: string, error: unknown): FlowFault {
  const code = codeOf(error) ?? codeOf(event.msg);
  const text = event.msg instanceof Error ? event.msg.message : textOf(event.msg);
  return {
    ...(code !== undefined && { code }),
    ...((flagAt(error, 'isUnclear') || flagAt(event.msg, 'isUnclear')) && { isUnclear: true }),
    ...statusOf(error, event.msg),
    message: packRedactor.text(text).slice(0, longestMessage),
    nodeId,
    nodeType: typeof event.type === 'string' ? event.type : '',
  };
}

function statusOf(...errors: readonly unknown[]): { status?: number } {
  const found = errors.map((error) => at(error, 'status')).find((status) => typeof status === 'number');
  return typeof found === 'number' ? { status: found } : {};
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? packRedactor.text(code) : undefined;
}

/** An object may be the message itself, which belongs in no record. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (textAt(value, 'message') ?? 'an error without a text');
}
