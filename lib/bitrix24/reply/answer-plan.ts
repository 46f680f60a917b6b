import { at, entriesAt, idAt, textAt } from '../../core/fields';
import type { FilePart } from '../../core/parts';
import type { Keyboard } from '../text/choices';
import type { OutgoingPiece } from '../text/render-parts';

/** A piece as it is stored. `file: null`: its bytes were in the message, and are not kept. */
export type PlannedPiece =
  Exclude<OutgoingPiece, { kind: 'file' }> | { kind: 'file'; file: Omit<FilePart, 'data'> | null };

export function planOf(pieces: readonly OutgoingPiece[]): PlannedPiece[] {
  return pieces.map((piece) => (piece.kind === 'file' && piece.file.data ? { ...piece, file: null } : piece));
}

/** The pieces of an answer that was begun, with the files of what the flow answers now where theirs are gone. */
export function resumePlan(
  plan: readonly PlannedPiece[],
  rendered: readonly OutgoingPiece[],
  onFileLost: (place: number) => void,
): OutgoingPiece[] {
  return plan.map((piece, place) => {
    if (piece.kind !== 'file') return piece;
    if (piece.file !== null) return { kind: 'file', file: piece.file };
    const now = rendered[place];
    if (now?.kind === 'file') return now;
    onFileLost(place);
    // Something must hold its place, or the others would be counted wrongly.
    return { kind: 'wait', ms: 0 };
  });
}

/** Nothing when it is none of ours: then the answer is given as the flow words it now. */
export function readPlan(stored: unknown): PlannedPiece[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  const pieces = stored.map(readPiece);
  const known = pieces.filter((piece) => piece !== undefined);
  return known.length === pieces.length ? known : undefined;
}

function readPiece(stored: unknown): PlannedPiece | undefined {
  switch (at(stored, 'kind')) {
    case 'message': {
      const keyboard = readKeyboard(at(stored, 'keyboard'));
      return { kind: 'message', text: textAt(stored, 'text') ?? '', ...(keyboard && { keyboard }) };
    }
    case 'wait':
      return { kind: 'wait', ms: Number(at(stored, 'ms')) || 0 };
    case 'file':
      return { kind: 'file', file: readFile(at(stored, 'file')) };
    default:
      return undefined;
  }
}

function readFile(stored: unknown): Omit<FilePart, 'data'> | null {
  if (stored === null) return null;
  const [mime, url, path] = [textAt(stored, 'mime'), textAt(stored, 'url'), textAt(stored, 'path')];
  return {
    type: 'file',
    name: textAt(stored, 'name') ?? 'file',
    ...(mime !== undefined && { mime }),
    ...(url !== undefined && { url }),
    ...(path !== undefined && { path }),
  };
}

function readKeyboard(stored: unknown): Keyboard | undefined {
  const botId = idAt(stored, 'BOT_ID');
  if (botId === undefined) return undefined;
  return { BOT_ID: botId, BUTTONS: entriesAt(stored, 'BUTTONS').map(readButton) };
}

function readButton(stored: unknown): Keyboard['BUTTONS'][number] {
  if (at(stored, 'TYPE') === 'NEWLINE') return { TYPE: 'NEWLINE' };
  const text = textAt(stored, 'TEXT') ?? '';
  return {
    TEXT: text,
    ACTION: 'SEND',
    ACTION_VALUE: textAt(stored, 'ACTION_VALUE') ?? text,
    DISPLAY: 'LINE',
  };
}
