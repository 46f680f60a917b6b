import { dirname, join } from 'node:path';

export type Theme = 'light' | 'dark';

/** One Node-RED on one Node: what the pack promises to run on. */
export interface RuntimeKind {
  name: string;
  node: string;
  redScript: string;
  themes: Theme[];
}

export const repository = join(__dirname, '..', '..', '..');
export const artefacts = join(repository, 'artefacts', 'e2e');

const tools = join(repository, 'test', 'tools', 'node_modules');
const node = (major: number): string => join(tools, `node-${major}`, 'bin', 'node');
const redScript = (modules: string): string => join(modules, 'node-red', 'red.js');

type Line = Pick<RuntimeKind, 'redScript' | 'themes'>;
const nodeRed4: Line = { redScript: redScript(join(repository, 'node_modules')), themes: ['light'] };
const nodeRed5: Line = { redScript: redScript(tools), themes: ['light', 'dark'] };

export const runtimeKinds: RuntimeKind[] = [
  { name: 'node-red-4.1-node-20', node: node(20), ...nodeRed4 },
  { name: 'node-red-5-node-22', node: node(22), ...nodeRed5 },
  { name: 'node-red-5-node-24', node: node(24), ...nodeRed5 },
];

export function kindNamed(name: string): RuntimeKind {
  const kind = runtimeKinds.find((each) => each.name === name);
  if (!kind) throw new Error(`there is no runtime ${name}`);
  return kind;
}

/** The environment without what `npm test` adds to it, and with the runtime's own Node first in the PATH. */
export function environmentOf(kind: RuntimeKind): NodeJS.ProcessEnv {
  const ofOuterNpm = /^(npm_package_|npm_lifecycle_|npm_config_local_prefix$|npm_command$|INIT_CWD$)/;
  const kept = Object.entries(process.env).filter(([name]) => !ofOuterNpm.test(name));
  return { ...Object.fromEntries(kept), PATH: `${dirname(kind.node)}:${process.env['PATH'] ?? ''}` };
}
