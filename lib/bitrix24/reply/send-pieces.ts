import type { Clock } from '../../core/clock';
import { idAt } from '../../core/fields';
import { InvalidError } from '../../core/errors';
import type { PortalRest } from '../rest/portal';
import type { OutgoingPiece } from '../text/render-parts';
import { commandAnswerCall, messageCall, type ApiCall, type Speaker } from './calls';
import type { FileSource } from './file-source';
import { sendFile } from './send-file';

export type ReplyKind = 'message' | 'command' | 'system';

export interface PieceSenderOptions {
  rest: PortalRest;
  speaker: Speaker;
  as: ReplyKind;
  command: { id: number; messageId: number } | undefined;
  files: FileSource;
  clock: Clock;
  signal: AbortSignal;
}

/** A pause that a bot asks for must not hold the dialog for long. */
const LONGEST_WAIT_MS = 10_000;

/**
 * Sends the pieces one after the other, each once. What has been sent when one fails is in the error's place of the
 * caller: ids are handed over as they come.
 */
export async function sendPieces(
  pieces: readonly OutgoingPiece[],
  options: PieceSenderOptions,
  onSent: (messageId: number | null) => void,
): Promise<void> {
  const { rest, speaker, clock, signal } = options;
  for (const piece of pieces) {
    if (piece.kind === 'wait') {
      await clock.sleep(Math.min(piece.ms, LONGEST_WAIT_MS), signal);
      continue;
    }
    if (piece.kind === 'file') {
      onSent(await sendFile(piece.file, options));
      continue;
    }
    const { method, params } = callFor(piece, options);
    const result = await rest.send(speaker.dialogId, method, params, { signal });
    onSent(idAt(result, 'id') ?? idAt({ result }, 'result') ?? null);
  }
}

function callFor(
  { text, keyboard }: Extract<OutgoingPiece, { kind: 'message' }>,
  { speaker, as, command }: PieceSenderOptions,
): ApiCall {
  const message = { text, keyboard, system: as === 'system' };
  if (as !== 'command') return messageCall(speaker, message);
  if (command) return commandAnswerCall(speaker, command, message);
  throw new InvalidError('INPUT_INVALID', 'the message came from no command', {
    params: { what: 'msg.bitrix.command' },
  });
}
