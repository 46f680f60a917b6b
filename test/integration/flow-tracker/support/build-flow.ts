/** Flows in short: chains of nodes, each wired to the next; `@key` anywhere stands for the id of the node so named. */
export interface ShortNode {
  type: string;
  key?: string;
  wires?: string[][];
  [property: string]: unknown;
}

export type Chain = readonly ShortNode[];

export interface ShortFlow {
  chains: readonly Chain[];
  /** Nodes written out whole: subflows and what is in them, or nodes of another tab. */
  whole?: readonly object[];
}

export function buildFlow(prefix: string, name: string, { chains, whole = [] }: ShortFlow): object[] {
  const tab = `${prefix}tab`;
  const keyed = chains.map((chain, row) =>
    chain.map((node, column) => ({ ...node, key: node.key ?? `n${row}${column}` })),
  );
  const first = keyed[0]?.[0];
  const nodes = keyed.flatMap((chain) =>
    chain.map((node, place) => {
      const next = chain[place + 1];
      const wires = node.wires ?? (next ? [[`@${next.key}`]] : []);
      const { key, ...rest } = node;
      return { run: prefix, ...rest, id: `@${key}`, z: tab, wires };
    }),
  );
  const source = { id: '@source', type: 'probe-source', z: tab, wires: first ? [[`@${first.key}`]] : [] };
  const short = [source, ...nodes, ...whole];
  return [{ id: tab, type: 'tab', label: name }, ...resolveIds(short, prefix)];
}

/** Without a place Node-RED takes a node for a config node. */
const place = { x: 100, y: 100 };

function resolveIds(nodes: readonly object[], prefix: string): object[] {
  const text = JSON.stringify(nodes).replaceAll(/@(?=[a-z])/g, prefix);
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed)
    ? parsed.map((node: unknown) => ({ ...place, ...Object(node) }) as object)
    : [];
}

export const effect = (rest: object = {}): ShortNode => ({ type: 'probe-effect', ...rest });
export const code = (func: string, rest: object = {}): ShortNode => ({
  type: 'function',
  func,
  outputs: 1,
  timeout: 0,
  noerr: 0,
  initialize: '',
  finalize: '',
  libs: [],
  ...rest,
});
export const contrib = (habit: string, rest: object = {}): ShortNode => ({
  type: `contrib-${habit}`,
  ...rest,
});
