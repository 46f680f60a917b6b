type Environment = Readonly<Record<string, string>>;

/** Lines for the terminal in which Node-RED is started. */
export const forShell = (environment: Environment): string =>
  linesOf(environment, (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`);

export const forPowerShell = (environment: Environment): string =>
  linesOf(environment, (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`);

const linesOf = (environment: Environment, line: (name: string, value: string) => string): string =>
  Object.entries(environment)
    .map(([name, value]) => line(name, value))
    .join('\n');
