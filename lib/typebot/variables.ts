/**
 * Values for the variables of a bot, as startChat takes them: texts, numbers, lists of texts. Typebot would write
 * `[object Object]` for anything else, and a null over what the bot has set itself.
 */
export function prefilledVariables(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const plain = Array.isArray(value) ? value.map(plainValue).filter(isThere) : plainValue(value);
      return isThere(plain) ? [[name, plain]] : [];
    }),
  );
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function plainValue(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return JSON.stringify(value);
  } catch {
    // A circle is no value.
    return undefined;
  }
}
