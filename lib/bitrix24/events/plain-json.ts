import { createHash } from 'node:crypto';

/** Deeper than any context or keyboard that a person builds, and far from the end of the stack. */
const deepest = 16;

/**
 * A copy of what came from outside that can be put into a message: plain objects, no prototype games, bounded depth.
 * What lies deeper is left out.
 */
export function plainJson(source: unknown, depth = 0): unknown {
  if (typeof source !== 'object' || source === null) return scalar(source);
  if (depth >= deepest) return null;
  if (Array.isArray(source)) return source.map((item: unknown) => plainJson(item, depth + 1));
  const entries = Object.entries(source).filter(([name]) => name !== '__proto__');
  return Object.fromEntries(
    entries.map(([name, item]: [string, unknown]) => [name, plainJson(item, depth + 1)]),
  );
}

/** Short and always the same for the same content; says nothing about it. */
export function digestOf(content: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(plainJson(content)))
    .digest('hex')
    .slice(0, 16);
}

function scalar(source: unknown): string | number | boolean | null {
  if (typeof source === 'string' || typeof source === 'number' || typeof source === 'boolean') return source;
  return null;
}
