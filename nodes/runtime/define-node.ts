import { setMaxListeners } from 'node:events';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CancelledError, toError } from '../../lib/core/errors';
import { markUnusable } from './config-kind';
import { explain } from './explain';
import { flowsPhaseOf, type FlowsPhase } from './flows-phase';
import { overview } from './overview';
import { openShell, type Emit, type Message, type OpenShell, type Shell } from './shell';

/** What a node does once it is made. */
export interface Behaviour {
  /** What it resolves with is a failure that the flow goes on with: shown, but no error of the message. */
  onMessage?(message: Message, flow: { emit: Emit; signal: AbortSignal }): Promise<Error | void>;
  onClose?(removed: boolean): Promise<void> | void;
  /** The end of a message says nothing of how the node is; it has a status of its own. */
  showsItself?: boolean;
}

export interface NodeDescription {
  type: string;
  credentials?: Record<string, { type: 'password' | 'text' }>;
  start(shell: Shell): Behaviour;
}

/** Every deploy waits for the slowest node. */
const CLOSE_LIMIT_MS = 900;

/**
 * Registers a node whose every path ends well: a misconfigured one stays in the flow, says why and answers each
 * message with that error; a rejected promise becomes the error of its message, never the end of Node-RED.
 */
export function defineNode(RED: NodeAPI, description: NodeDescription): void {
  function construct(this: Node, definition: NodeDef): void {
    RED.nodes.createNode(this, definition);
    const closing = new AbortController();
    // One listener a message that waits, and many may.
    setMaxListeners(0, closing.signal);
    const shell = openShell(RED, this, definition, closing.signal);
    const behaviour = startOrExplain(description, shell, this);
    answerMessages(this, behaviour, shell, flowsPhaseOf(RED));
    this.on('close', (removed: boolean, done: () => void) => {
      closing.abort(new CancelledError());
      if (removed) overview.noteRecovery(this.id, { of: 'work' });
      withinLimit(async () => {
        try {
          await behaviour.onClose?.(removed);
        } finally {
          await shell.close();
        }
      }).then(done, done);
    });
  }
  RED.nodes.registerType(description.type, construct, { credentials: description.credentials ?? {} });
}

function startOrExplain(description: NodeDescription, shell: OpenShell, node: Node): Behaviour {
  try {
    const behaviour = description.start(shell);
    overview.noteRecovery(node.id, { of: 'start' });
    return behaviour;
  } catch (thrown) {
    const error = toError(thrown);
    markUnusable(node, error);
    node.error(shell.tellAtStart(error));
    return { onMessage: () => Promise.reject(error) };
  }
}

function answerMessages(node: Node, behaviour: Behaviour, shell: OpenShell, phase: FlowsPhase): void {
  if (!behaviour.onMessage) return;
  const onMessage = behaviour.onMessage.bind(behaviour);
  let inFlight = 0;

  node.on('input', (message, send, done) => {
    let ended = false;
    const emit: Emit = (messages) => {
      if (!ended) send(messages);
    };
    const end = (error?: Error, overcome?: Error): void => {
      ended = true;
      inFlight -= 1;
      if (shell.signal.aborted) {
        done(error && explain(error, shell.translate, node.type));
        return;
      }
      // As an error in the log it would be that of the flow, which is to be handed out again then.
      if (overcome) node.warn(shell.tell(overcome).message);
      else if (!error && !behaviour.showsItself) {
        shell.recovered();
        if (inFlight === 0) shell.status.show('ready');
      }
      done(error && shell.tell(error));
    };
    inFlight += 1;
    if (!behaviour.showsItself) shell.status.show('working');
    const run = async (): Promise<Error | void> => {
      // A deploy may leave this node as it is and be about to replace others that it works with.
      if (!phase.isSettled()) await phase.settled();
      if (shell.signal.aborted) throw new CancelledError();
      return onMessage(message, { emit, signal: shell.signal });
    };
    run()
      .then(
        (overcome) => end(undefined, overcome ?? undefined),
        (thrown: unknown) => end(toError(thrown)),
      )
      .catch((thrown: unknown) => node.error(explain(toError(thrown), shell.translate, node.type)));
  });
}

async function withinLimit(work: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_LIMIT_MS);
  });
  try {
    await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
