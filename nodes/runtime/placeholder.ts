/** The variable that a whole value stands for. Node-RED knows `$(NAME)` too, from its early days. */
export function placeholderIn(value: string): string | undefined {
  return /^\$[({]([^)}]+)[)}]$/.exec(value.trim())?.[1];
}

/** A variable within a longer text, where Node-RED leaves it as it stands. */
export function placeholderWithin(value: string): string | undefined {
  if (placeholderIn(value) !== undefined) return undefined;
  return /\$\{[A-Za-z_][\w.]*\}/.exec(value)?.[0];
}

/** The variables in a value of the type `env`: a name alone, or names within a text. */
export function variablesIn(value: string): string[] {
  const names = [...value.matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => name);
  if (names.length > 0) return names;
  return value.trim() === '' ? [] : [value];
}
