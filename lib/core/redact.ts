import { createLearntSecrets, mask } from './learnt-secrets';
import { isSecretName } from './secret-names';
import { maskByPattern } from './secret-patterns';

export interface Redactor {
  /** Values of fewer than four characters are not learnt: they would tear every text apart. */
  learn(secret: string | undefined): void;
  text(text: string): string;
  /** A copy that can be logged: plain objects, no secret, no cycle, nothing that throws when it is read. */
  value(source: unknown): unknown;
}

/** Deeper than anything that is worth logging, and far from the end of the stack. */
const deepest = 200;
const circular = '[circular]';
const tooDeep = '[too deep]';
const unreadable = '[unreadable]';

export function createRedactor(): Redactor {
  const learnt = createLearntSecrets();

  function text(source: string): string {
    try {
      return learnt.maskIn(maskByPattern(learnt.maskIn(source)));
    } catch {
      // The engine's own limits, on texts of tens of megabytes.
      return unreadable;
    }
  }

  function value(source: unknown): unknown {
    return copy(source, new Map(), 0);
  }

  /** `copies` also holds what is being copied, as [circular]; what is reached twice is copied once. */
  function copy(source: unknown, copies: Map<object, unknown>, depth: number): unknown {
    if (typeof source === 'object' && source !== null) return copyObject(source, copies, depth);
    if (typeof source === 'string') return text(source);
    if (typeof source === 'function') return '[function]';
    if (typeof source === 'symbol') return text(String(source));
    if (typeof source === 'number' || typeof source === 'bigint') return copyNumber(source);
    return source;
  }

  function copyNumber(source: number | bigint): unknown {
    const written = String(source);
    const masked = learnt.maskIn(written);
    return masked === written ? source : masked;
  }

  function copyObject(source: object, copies: Map<object, unknown>, depth: number): unknown {
    if (copies.has(source)) return copies.get(source);
    if (depth > deepest) return tooDeep;
    copies.set(source, circular);
    let result: unknown = unreadable;
    try {
      result = summary(source) ?? copyContents(source, copies, depth + 1);
    } catch {
      // A getter or a proxy that throws: what it would have shown stays unknown.
    }
    copies.set(source, result);
    return result;
  }

  function summary(source: object): unknown {
    if (source instanceof String) return text(source.valueOf());
    if (source instanceof URL || source instanceof URLSearchParams) return text(source.toString());
    if (source instanceof RegExp) return text(String(source));
    if (source instanceof Date) return new Date(source.getTime());
    if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return `[${source.byteLength} bytes]`;
    return undefined;
  }

  function copyContents(source: object, copies: Map<object, unknown>, depth: number): unknown {
    const inside = (item: unknown): unknown => copy(item, copies, depth);
    const named = (name: string, item: unknown): [string, unknown] => [
      text(name),
      isSecretName(name) && hasContent(item) ? mask : inside(item),
    ];
    if (Array.isArray(source)) return Array.from(source, inside);
    if (source instanceof Set) return new Set(Array.from(source, inside));
    if (source instanceof Map) {
      const entry = ([key, item]: [unknown, unknown]): [unknown, unknown] =>
        typeof key === 'string' ? named(key, item) : [inside(key), inside(item)];
      return new Map(Array.from(source, entry));
    }
    return Object.fromEntries(namesOf(source).map((name) => named(name, read(source, name))));
  }

  return { learn: (secret) => learnt.learn(secret), text, value };
}

/** Whether a secret is there at all is worth knowing, so an empty one is shown as it is. */
function hasContent(item: unknown): boolean {
  return item !== undefined && item !== null && item !== '' && typeof item !== 'boolean';
}

/** What an error says is not enumerable. */
const errorNames = ['name', 'message', 'stack', 'cause', 'errors'];

function namesOf(source: object): string[] {
  const names = Object.keys(source);
  if (!(source instanceof Error)) return names;
  return [...new Set([...errorNames.filter((name) => name in source), ...names])];
}

function read(source: object, name: string): unknown {
  try {
    return Reflect.get(source, name);
  } catch {
    return unreadable;
  }
}
