import { isFileOutput } from './output-files';

/** A line for each output, as BitBot writes them. Files are no text, and what is empty says nothing. */
export function renderOutputs(outputs: Readonly<Record<string, unknown>>): string {
  return Object.entries(outputs)
    .map(([name, value]): [string, string] => [name, renderOutput(value)])
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name}: ${text}`)
    .join('\n');
}

/** One output without its name. */
export function renderOutput(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined || isFileOutput(value)) return '';
  if (typeof value !== 'object') return JSON.stringify(value);
  const plain = withoutFiles(value);
  if (Object.keys(plain).length === 0) return '';
  return JSON.stringify(plain);
}

function withoutFiles(value: object): object {
  if (Array.isArray(value)) return listOf(value).filter((item) => !isFileOutput(item));
  return Object.fromEntries(Object.entries(value).filter(([, item]) => !isFileOutput(item)));
}

function listOf(list: readonly unknown[]): readonly unknown[] {
  return list;
}
