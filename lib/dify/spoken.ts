/** What was said in voice messages joins what was typed. A stand-in only tells that there was a file. */
export function withSpoken(typed: string, isStandIn: boolean, spoken: readonly string[]): string {
  if (spoken.length === 0) return typed;
  const words = isStandIn || typed.trim() === '' ? spoken : [typed, ...spoken];
  return words.join('\n');
}

/** The variables of these names that say the question again go on doing so. */
export function withQuestion(
  variables: Readonly<Record<string, unknown>>,
  names: readonly string[],
  before: string,
  question: string,
): Record<string, unknown> {
  const repeating = names.filter((name) => Object.hasOwn(variables, name) && variables[name] === before);
  return { ...variables, ...Object.fromEntries(repeating.map((name) => [name, question])) };
}
