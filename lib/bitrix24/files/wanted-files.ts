import { idAt, textAt } from '../../core/fields';

export interface WantedFile {
  id: number;
  name?: string;
}

/**
 * The files that a flow asks for: the list of an event, one entry of it, or a bare id. Nothing when something among
 * it names no file.
 */
export function readWantedFiles(given: unknown): WantedFile[] | undefined {
  const entries: readonly unknown[] = Array.isArray(given) ? given : [given];
  const files = entries.flatMap(readWantedFile);
  return files.length === entries.length ? files : undefined;
}

function readWantedFile(entry: unknown): WantedFile[] {
  const id = idAt(entry, 'id') ?? idAt({ entry }, 'entry');
  if (id === undefined || id === 0) return [];
  const name = textAt(entry, 'name');
  return [{ id, ...(name !== undefined && { name }) }];
}
