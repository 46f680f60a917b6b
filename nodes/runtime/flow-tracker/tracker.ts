import { createAttachment } from './attachment';
import { createDeploys } from './deploys';
import { createFaults } from './faults';
import type { Host, LiveNode } from './host';
import { createLedger, type Entry } from './ledger';
import { createMessageHooks } from './message-hooks';
import { createOwnership } from './ownership';
import { createQuiet } from './quiet';
import { createRegistry } from './registry';
import { createRunning } from './running';
import { systemTimers, usualTiming, type Timers, type Timing } from './timers';
import type { FlowOutcome, FlowTracker, NodeName, TrackedFlow, TrackOptions } from './types';
import { createWarnings } from './warnings';

/** The parts, put together. Each knows one thing; what they share is the ledger of open tokens. */
export function createFlowTracker(
  host: Host,
  timers: Timers = systemTimers,
  timing: Timing = usualTiming,
): FlowTracker {
  const { hooks } = host;
  const registry = createRegistry(timers, timing.keepEndedMs);
  const running = createRunning();
  const warnings = createWarnings(host);
  const ledger = createLedger(timers, endWhenEmpty);
  const ownership = createOwnership(registry, running);
  const quiet = createQuiet(ledger, timers, timing, () => deploys.isStopping());
  const faults = createFaults({ ownership, running, quiet }, timing, host.errorLevel);
  const deploys = createDeploys(
    host,
    { registry, ledger, ownership },
    {
      interrupt,
      onUnsettled: () => attachment?.routesMatter(),
      onSettled: () => {
        attachment?.routesSettled();
        warnings.startOver();
      },
    },
  );
  const callbacks = createMessageHooks({
    ...{ host, registry, ledger, ownership, running, quiet, faults, deploys, timing },
    interrupt,
    noteLateSend,
  });
  const attachment =
    hooks &&
    createAttachment(
      {
        ...{ host, hooks, callbacks, warnings },
        onLog: (event) => faults.logged(event),
        onDetach() {
          registry.forgetEnded();
          running.stop();
        },
      },
      timers,
      timing,
    );
  let started = 0;

  function end(entry: Entry, outcome: FlowOutcome): void {
    if (entry.outcome) return;
    entry.outcome = outcome;
    leave(entry, () => registry.retire(entry));
    running.outside(() => {
      try {
        entry.options.onEnd(outcome);
      } catch (thrown) {
        host.complain(thrown);
      }
    });
  }

  function leave(entry: Entry, depart: () => void): void {
    entry.stopLimit();
    ledger.clear(entry);
    depart();
    if (registry.live.size === 0) attachment?.idle();
  }

  function endWhenEmpty(entry: Entry): void {
    // What ends between the stop of the first node and that of the last may have been thrown away.
    if (deploys.isStopping()) return;
    const { fault, by } = entry;
    end(entry, fault ? { how: 'failed', by, error: fault } : { how: 'finished', by });
  }

  function interrupt(entry: Entry, node: NodeName): void {
    end(entry, { how: 'interrupted', by: 'deploy', openNodes: [nameOf(node)] });
  }

  function endAtLimit(entry: Entry): void {
    const openNodes = openNodesOf(entry);
    warnings.limitReached(entry, openNodes);
    end(entry, { how: 'unknown', by: 'limit', openNodes, ...(entry.fault && { error: entry.fault }) });
  }

  function noteLateSend(entry: Entry, node: LiveNode): void {
    if (entry.outcome?.by !== 'report' && entry.outcome?.by !== 'guess') return;
    warnings.wentOnLater(entry, node);
    entry.options.onLateSend?.(nameOf(node));
  }

  function armLimit(entry: Entry): void {
    const { options, lastActivity, startedAt } = entry;
    const dueAt = Math.min(lastActivity + options.timeoutMs, startedAt + options.hardCapMs);
    const left = dueAt - timers.now();
    if (left <= 0) endAtLimit(entry);
    else entry.stopLimit = timers.after(Math.ceil(left), () => armLimit(entry));
  }

  function createEntry(message: object, options: TrackOptions): Entry {
    started += 1;
    const now = timers.now();
    const alone: Entry[] = [];
    const entry: Entry = {
      id: started.toString(36),
      alone,
      options,
      messageId: messageIdOf(message),
      startedAt: now,
      deploys: deploys.count(),
      pending: new Map(),
      open: new Set(),
      closedWhileStopping: [],
      lastActivity: now,
      seq: 0,
      checking: false,
      by: 'report',
      fault: undefined,
      outcome: undefined,
      stopLimit: () => undefined,
    };
    alone.push(entry);
    return entry;
  }

  function messageIdOf(message: object): string {
    const known: unknown = Reflect.get(message, '_msgid');
    if (typeof known === 'string' && known !== '') return known;
    const id = host.newMessageId();
    Reflect.set(message, '_msgid', id);
    return id;
  }

  function flowOf(entry: Entry): TrackedFlow {
    return {
      label: entry.options.label,
      get outcome() {
        return entry.outcome;
      },
      finishNow: () => end(entry, { how: 'finished', by: 'request' }),
      abandon() {
        if (entry.outcome) return;
        entry.outcome = { how: 'unknown', by: 'request' };
        leave(entry, () => registry.remove(entry));
      },
    };
  }

  return {
    track(message, options) {
      attachment?.needed();
      const entry = createEntry(message, options);
      registry.add(entry);
      ownership.claim(message, entry.alone);
      armLimit(entry);
      if (attachment) ledger.settle(entry);
      else expectHoldsOnly(entry);
      return flowOf(entry);
    },

    hold(message, by) {
      const tokens = ownership
        .known(message)
        .map((entry) => ledger.open(entry, { node: by, message: undefined, reports: true }));
      return () => {
        for (const token of tokens) ledger.close(token, 'report');
      };
    },

    finishNow(message) {
      for (const entry of ownership.known(message)) end(entry, { how: 'finished', by: 'request' });
    },

    of(message) {
      const entry = ownership.known(message)[0];
      return entry && flowOf(entry);
    },

    outside: (act) => running.outside(act),
  };

  /** Without hooks only the pack's own nodes are heard, and they need a moment to get the message. */
  function expectHoldsOnly(entry: Entry): void {
    entry.by = 'no-hooks';
    timers.after(timing.shortQuietMs, () => ledger.settle(entry));
  }
}

function openNodesOf({ open }: Entry): NodeName[] {
  const nodes = new Map<string, NodeName>();
  for (const { node } of open) if (node) nodes.set(node.id, nameOf(node));
  return [...nodes.values()];
}

function nameOf({ id, type, name }: NodeName): NodeName {
  return { id, type, ...(name && { name }) };
}
