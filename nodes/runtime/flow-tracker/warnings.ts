import { packRedactor } from '../redactor';
import type { Host } from './host';
import type { Entry } from './ledger';
import type { NodeName } from './types';

/** What the log says, once for each node until the next deploy. Names only: no message, no error text. */
export interface Warnings {
  limitReached(entry: Entry, nodes: readonly NodeName[]): void;
  wentOnLater(entry: Entry, node: NodeName): void;
  slowHook(): void;
  startOver(): void;
}

const mostNodesNamed = 5;

export function createWarnings(host: Host): Warnings {
  const said = new Set<string>();

  function once(key: string, subject: string, params: Record<string, string | number>): void {
    const sentence = `${key} ${subject}`;
    if (said.has(sentence)) return;
    said.add(sentence);
    host.warn(key, params);
  }

  return {
    limitReached({ options }, nodes) {
      const named = nodes.slice(0, mostNodesNamed).map(nameOf).join(', ') || '?';
      const subject = nodes.map(({ id }) => id).join(' ');
      once('limit', subject, {
        label: packRedactor.text(options.label),
        seconds: Math.round(options.timeoutMs / 1000),
        nodes: named,
      });
    },

    wentOnLater({ options }, node) {
      once('wentOn', node.id, { label: packRedactor.text(options.label), node: nameOf(node) });
    },

    slowHook: () => once('slowHook', '', {}),
    startOver: () => said.clear(),
  };
}

function nameOf({ id, type, name }: NodeName): string {
  return packRedactor.text(name ? `${type} "${name}" (${id})` : `${type} (${id})`);
}
