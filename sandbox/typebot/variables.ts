import { isMap } from '../shared/params';
import { steadyId } from './ids';

export type VariableValue = string | readonly (string | null)[] | null;
export type Variables = Readonly<Record<string, VariableValue>>;
export type Lookup = (name: string) => VariableValue | undefined;

export const originVariable = 'SANDBOX_ORIGIN';

/** The address of a file that the server itself has: `sample('picture.png')`. */
export function sample(name: string): string {
  return `{{${originVariable}}}/samples/${name}`;
}

export function variableId(botName: string, name: string): string {
  return steadyId(botName, 'variable', name);
}

export function isList(value: VariableValue | undefined): value is readonly (string | null)[] {
  return typeof value === 'object' && value !== null;
}

/** Lists stay lists; an empty text counts as nothing. */
export function storedValue(value: unknown): VariableValue {
  return Array.isArray(value) ? value.map(storedText) : storedText(value);
}

function storedText(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function asText(value: VariableValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const mention = /\{\{([^{}]+)\}\}/g;

/** What has no value leaves nothing behind. */
export function fillText(template: string, lookup: Lookup): string {
  return template.replace(mention, (_whole, name: string) => asText(lookup(name)));
}

/** Every text inside. */
export function fillIn(value: unknown, lookup: Lookup): unknown {
  if (typeof value === 'string') return fillText(value, lookup);
  if (Array.isArray(value)) return value.map((one) => fillIn(one, lookup));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fillIn(inner, lookup)]));
}

export function mentionedIn(template: string): string[] {
  return [...template.matchAll(mention)].map(([, name = '']) => name);
}

/** `read({ data: { list: [1] } }, 'data.list[0]')` is 1. */
export function readPath(source: unknown, path: string): unknown {
  let found = source;
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    if (Array.isArray(found)) found = found[Number(step)];
    else if (isMap(found)) found = found[step];
    else return undefined;
  }
  return found;
}
