import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { at, keysAt } from '../../lib/core/fields';
import type { registeredNodes } from '../../scripts/pack.cjs';

export type RegisteredNode = ReturnType<typeof registeredNodes>[number];

/** What the editor sees of a node: its dialog, its texts, its help. */
export interface NodeFiles {
  page: string;
  definition: Record<string, unknown>;
  defaults: string[];
  credentials: Record<string, unknown>;
}

export function readNodeFiles(node: RegisteredNode): NodeFiles {
  const page = readFileSync(join(node.folder, `${node.type}.html`), 'utf8');
  const definition = runDefinition(page, node.type);
  const credentials = definition.credentials;
  return {
    page,
    definition,
    defaults: keysAt(definition, 'defaults'),
    credentials: isRecord(credentials) ? credentials : {},
  };
}

/** The texts of a node in one language: its own and those that all nodes share, as the build joins them. */
export function readCatalogue(node: RegisteredNode, language: string): Map<string, string> {
  const own = readJsonFile(join(node.folder, 'locales', language, `${node.type}.json`));
  return new Map([...flatten(own), ...readSharedCatalogue(language)]);
}

export function readSharedCatalogue(language: string): Map<string, string> {
  return new Map(flatten(readJsonFile(join(__dirname, '../../nodes/runtime/locales', `${language}.json`))));
}

export function readHelp(node: RegisteredNode, language: string): string {
  const path = join(node.folder, 'locales', language, `${node.type}.html`);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Runs the dialog's script the way the editor would, with an editor that only takes down what is registered. */
function runDefinition(page: string, type: string): Record<string, unknown> {
  const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(page)?.[1];
  if (script === undefined) throw new Error(`${type}: no script of type text/javascript`);
  const registered: [string, unknown][] = [];
  const accept = (): boolean => true;
  const context = createContext({
    RED: {
      nodes: { registerType: (name: string, definition: unknown) => registered.push([name, definition]) },
      validators: { number: () => accept, regex: () => accept, typedInput: () => accept },
    },
  });
  runInContext(script, context);
  const [name, definition] = registered[0] ?? [];
  if (name !== type || !isRecord(definition)) throw new Error(`${type}: registers ${String(name)}`);
  return definition;
}

function readJsonFile(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function flatten(tree: unknown, prefix = ''): [string, string][] {
  if (typeof tree === 'string') return [[prefix, tree]];
  if (!isRecord(tree)) return [];
  return Object.keys(tree).flatMap((key) => flatten(at(tree, key), prefix === '' ? key : `${prefix}.${key}`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
