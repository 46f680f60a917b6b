import { textAt } from '../../../lib/core/fields';
import type { Deploys } from './deploys';
import type { Faults } from './faults';
import type { HookCallbacks, Host, LiveNode, Sending } from './host';
import type { Entry, Ledger, Token } from './ledger';
import type { Ownership } from './ownership';
import type { Quiet } from './quiet';
import type { Registry } from './registry';
import type { Running } from './running';
import type { Timing } from './timers';

export interface HookParts {
  host: Host;
  registry: Registry;
  ledger: Ledger;
  ownership: Ownership;
  running: Running;
  quiet: Quiet;
  faults: Faults;
  deploys: Deploys;
  timing: Timing;
  interrupt(entry: Entry, node: LiveNode): void;
  noteLateSend(entry: Entry, node: LiveNode): void;
}

/** These never report, and have sent all they will when their handler returns. */
const endsWithHandler = (type: string): boolean =>
  type === 'rbe' || type === 'subflow-status' || type.startsWith('subflow:');

/** A node that got one message twice says done twice. */
function firstOfEachFlow(tokens: readonly Token[]): readonly Token[] {
  if (tokens.length < 2) return tokens;
  return tokens.filter(({ entry }, place) => tokens.findIndex((other) => other.entry === entry) === place);
}

/** The rule itself: a flow is alive while a message of it is on its way or in the hands of a node. */
export function createMessageHooks(parts: HookParts): HookCallbacks {
  const { registry, ledger, ownership, running, quiet, faults, deploys, timing } = parts;
  /** Handlers written as `(msg, send, done = noop)` look like those that never report. */
  const reportingTypes = new Set<string>();

  const reports = (node: LiveNode): boolean => node._expectedDoneCount !== 0 || reportingTypes.has(node.type);

  function answer(token: Token): void {
    token.answered = true;
    const isRunning = running.find((node) => node === token.node)?.message === token.message;
    if (!isRunning) ledger.close(token, 'report');
  }

  /** A node that never reports has sent something on: that is its report. */
  function takeAsAnswer(entry: Entry, { msg, source }: Sending): void {
    let answered: Token | undefined;
    for (const token of entry.open) {
      if (token.reports || token.answered || token.node !== source.node || !token.message) continue;
      if (token.message === msg) {
        answered = token;
        break;
      }
      answered ??= token;
    }
    if (answered) answer(answered);
  }

  /** A switch without a match sends nothing, and in its handler that is its answer. */
  function noteEmptySend(): void {
    const frame = running.top();
    if (!frame) return quiet.noteEmptySend();
    for (const token of ledger.tokensOf(frame.message, frame.node)) {
      if (!token.reports) answer(token);
    }
  }

  function quietTimeOf(node: LiveNode): number {
    const isWired = node.wires?.some((wires) => wires.length > 0) ?? false;
    return node.type === 'switch' || !isWired ? timing.shortQuietMs : timing.longQuietMs;
  }

  function receive(entry: Entry, node: LiveNode, message: object): void {
    ledger.takePending(entry, message);
    if (deploys.reachesClosedNode(entry, node)) parts.interrupt(entry, node);
    else ledger.open(entry, { node, message, reports: reports(node) });
  }

  const callbacks: HookCallbacks = {
    onSend(events) {
      if (events.length === 0) noteEmptySend();
      // Delivered synchronously they are received before postDeliver tells who sent them.
      else if (parts.host.deliversSynchronously) {
        for (const { msg, source } of events) ownership.of(msg, source.node);
      }
    },

    preRoute(event) {
      // It works, although its message may find nobody.
      quiet.noteSend(event.source.node);
      deploys.noteRoute(event);
    },

    postDeliver(event) {
      const { msg, source } = event;
      quiet.noteSend(source.node);
      const owners = ownership.of(msg, source.node);
      for (const entry of owners) {
        // Delivered synchronously it has been received by now.
        if (!parts.host.deliversSynchronously) ledger.addPending(entry, msg);
        takeAsAnswer(entry, event);
      }
      const ended = owners.length === 0 ? ownership.endedOwner(msg) : undefined;
      if (ended) parts.noteLateSend(ended, source.node);
    },

    onReceive({ msg, destination: { node } }) {
      const owners = ownership.of(msg);
      for (const entry of owners) receive(entry, node, msg);
      if (node.type === 'catch') faults.caught(owners, textAt(msg, 'error', 'source', 'id'));
      running.enter(node, msg, owners);
    },

    postReceive({ msg, destination: { node } }) {
      running.leave(node, msg);
      for (const token of ledger.tokensOf(msg, node)) {
        if (token.reports) continue;
        if (token.answered || endsWithHandler(node.type)) ledger.close(token, 'report');
        else quiet.watch(token, quietTimeOf(node));
      }
    },

    onComplete({ msg, error, node: { node } }) {
      if (node._expectedDoneCount === 0) reportingTypes.add(node.type);
      const tokens = firstOfEachFlow(ledger.tokensOf(msg, node));
      if (error) {
        const owners = tokens.length > 0 ? tokens.map(({ entry }) => entry) : ownership.known(msg);
        faults.reported(node, owners, error);
      }
      for (const token of tokens) {
        if (deploys.isStopping()) token.entry.closedWhileStopping.push(node);
        ledger.close(token, 'report');
      }
    },
  };

  return guarded(callbacks);

  /** An exception in a hook would lose the user's message, and work for nobody is not done at all. */
  function guarded(own: HookCallbacks): HookCallbacks {
    const guard =
      <E>(callback: (event: E) => void) =>
      (event: E): void => {
        if (registry.isIdle()) return;
        try {
          callback(event);
        } catch (thrown) {
          parts.host.complain(thrown);
        }
      };
    return {
      onSend: guard(own.onSend),
      preRoute: guard(own.preRoute),
      postDeliver: guard(own.postDeliver),
      onReceive: guard(own.onReceive),
      postReceive: guard(own.postReceive),
      onComplete: guard(own.onComplete),
    };
  }
}
