import type { NodeAPI } from 'node-red';
import { textAt } from '../../../lib/core/fields';
import { hostOf, type Completing, type MessageHooks } from '../flow-tracker/host';

/**
 * The errors of one row's flow. A Catch node that shows an error has not mended it, so an error that was caught counts
 * as well, unless it was that of an upload, and an upload of the same type went well in the branch of the Catch node.
 * Of any other type a node there may have told somebody of the error, and no more.
 */
export interface RowErrors {
  first(): unknown;
  forget(): void;
}

interface Failure {
  readonly type: string;
  readonly error: unknown;
}

type Failures = Map<string, Failure>;

interface Watcher {
  watch(message: object): RowErrors;
}

const HOOK = 'onComplete.bitlane-sync';
/** A symbol stays with a message and its copies, and shows up neither in JSON nor among the keys. */
const rowKey = Symbol('bitlane.row');

/** One for the process: each set of nodes has an API of its own, and all of them share the hooks. */
const watchers = new WeakMap<object, Watcher>();

/** Call it before the message is sent. */
export function watchErrors(RED: NodeAPI, message: object): RowErrors {
  const watcher = watchers.get(RED.events) ?? createWatcher(hostOf(RED).hooks);
  watchers.set(RED.events, watcher);
  return watcher.watch(message);
}

function createWatcher(hooks: MessageHooks | undefined): Watcher {
  const rows = new Map<string, Failures>();
  let count = 0;

  function look(event: Completing): void {
    try {
      const row: unknown = Reflect.get(event.msg, rowKey);
      const failures = typeof row === 'string' ? rows.get(row) : undefined;
      if (failures) note(failures, event);
    } catch {
      // A hook that throws would stop the flow.
    }
  }

  return {
    watch(message) {
      count += 1;
      const row = String(count);
      const failures: Failures = new Map();
      if (rows.size === 0) hooks?.add(HOOK, look);
      rows.set(row, failures);
      Reflect.set(message, rowKey, row);
      return {
        first: () => failures.values().next().value?.error,
        forget() {
          if (rows.delete(row) && rows.size === 0) hooks?.remove(HOOK);
        },
      };
    },
  };
}

function note(failures: Failures, { msg, error, node: { node } }: Completing): void {
  if (error !== undefined && error !== null) {
    failures.set(node.id, { type: node.type, error });
    return;
  }
  const mended = textAt(msg, 'error', 'source', 'id') ?? '';
  const isUpload = node.type.startsWith('speechsense-upload-');
  if (isUpload && failures.get(mended)?.type === node.type) failures.delete(mended);
}
