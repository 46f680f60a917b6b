import type { Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow } from 'node-red';
import { toError } from '../../lib/core/errors';
import { useConfig, type ConfigKind } from './config-kind';
import { explain, type FlowError, type Translate } from './explain';
import { flowTrackerOf } from './flow-tracker';
import { overview, troubleOf } from './overview';
import { learnSecrets, packRedactor } from './redactor';
import { readSettings, type Settings } from './settings';
import { createStatusBoard, type StatusBoard } from './status';
import { evaluateTyped, readTyped } from './typed-value';

export type Message = NodeMessageInFlow & Record<string, unknown>;
export type OutgoingMessage = NodeMessage & Record<string, unknown>;
export type Emit = (messages: OutgoingMessage | (OutgoingMessage | null)[]) => void;

/** What a node is made with: its settings, its voice, and the nodes it leans on. */
export interface Shell {
  readonly id: string;
  readonly name: string;
  readonly settings: Settings;
  readonly status: StatusBoard;
  readonly translate: Translate;
  /** Fires when the node is closed: a deploy, a stop, a removal. */
  readonly signal: AbortSignal;
  /** The config node behind a property, or an error that says what to choose. */
  use: <T>(kind: ConfigKind<T>, property: string) => T;
  /** The same for a property that may be left empty. */
  useOptional: <T>(kind: ConfigKind<T>, property: string) => T | undefined;
  /** Makes this node one that others can use. */
  offer: <T>(kind: ConfigKind<T>, value: T) => void;
  /** For a property pair `x` and `xType`: reads what the integrator chose from the message at hand. */
  typed: (property: string, fallback: string) => (message: Message) => Promise<unknown>;
  /** Starts a message of its own; for nodes without an input. */
  emit: Emit;
  /** What must be ended when the node closes; the last one first. */
  onClose: (end: () => Promise<void> | void) => void;
  /** For the log alone. */
  log: (text: string) => void;
  /** Worth knowing, and nothing to mend; at most once a minute. */
  warn: (notice: Error) => void;
  /** A failure with no message behind it, and of no flow. Reaches a Catch node and the status. */
  report: (failure: unknown) => void;
  /** The node has done what it is for: what it told before is over, as far as `isOver` says so of a code. */
  recovered: (isOver?: (code: string) => boolean) => void;
}

export interface OpenShell extends Shell {
  /** Shows a failure in the status and in the panel, and gives it in the words for a Catch node. */
  tell: (error: Error) => FlowError;
  /** As `tell`, for a node that cannot be made as it is set up. */
  tellAtStart: (error: Error) => FlowError;
  close: () => Promise<void>;
}

const WARN_PAUSE_MS = 60_000;

export function openShell(RED: NodeAPI, node: Node, definition: NodeDef, signal: AbortSignal): OpenShell {
  const status = createStatusBoard(node);
  const endings: (() => Promise<void> | void)[] = [];
  let quietUntil = 0;
  const translate: Translate = (key, params) => RED._(key, { ...params });
  const settings = learnSecrets(readSettings(definition, node.credentials));

  // Config nodes alone have no wires in their definition.
  const user = { node, isInFlow: Array.isArray(Reflect.get(definition, 'wires')) };
  const use = <T>(kind: ConfigKind<T>, property: string): T => {
    const { offer, leave } = useConfig(RED, user, kind, settings.text(property));
    endings.push(leave);
    return offer;
  };

  // Asked after each message; an earlier node of the same id may have told of something.
  let mayHaveTold = true;
  let couldStart = true;

  const note = (error: Error, isAtStart: boolean): FlowError => {
    status.fail(error);
    mayHaveTold = true;
    const { id: nodeId, type: nodeType, name: nodeName = '' } = node;
    overview.noteError({ nodeId, nodeType, nodeName, ...troubleOf(error), at: Date.now(), isAtStart });
    return explain(error, translate, nodeType);
  };
  // What it answers to each message is why it could not be made.
  const tell = (error: Error): FlowError => note(error, !couldStart);

  return {
    tell,
    tellAtStart(error) {
      couldStart = false;
      return tell(error);
    },
    recovered(isOver) {
      if (!mayHaveTold) return;
      mayHaveTold = isOver !== undefined;
      overview.noteRecovery(node.id, { of: 'work', isOver });
    },
    id: node.id,
    name: node.name ?? '',
    settings,
    status,
    translate,
    signal,
    use,
    useOptional: (kind, property) => (settings.text(property) === '' ? undefined : use(kind, property)),
    offer: (kind, value) => void kind.offers.set(node, { value }),
    typed: (property, fallback) => {
      const typed = readTyped(RED, node, settings, [property, fallback]);
      return (message) => evaluateTyped(RED, node, typed, message);
    },
    emit: (messages) => node.send(messages),
    onClose: (end) => void endings.push(end),
    log: (text) => node.log(packRedactor.text(text)),
    warn(notice) {
      if (Date.now() < quietUntil) return;
      quietUntil = Date.now() + WARN_PAUSE_MS;
      node.warn(explain(notice, translate, node.type).message);
    },
    report(failure) {
      const told = tell(toError(failure));
      flowTrackerOf(RED).outside(() => node.error(told, { topic: node.type }));
    },
    async close() {
      status.close();
      // One that fails must not keep the others open.
      for (const end of endings.reverse()) await attempt(end);
    },
  };
}

async function attempt(end: () => Promise<void> | void): Promise<void> {
  try {
    await end();
  } catch {
    // Nobody is left to be told: the node is going.
  }
}
