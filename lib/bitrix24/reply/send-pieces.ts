import type { Clock } from '../../core/clock';
import { idAt } from '../../core/fields';
import { CancelledError, InvalidError, RefusedError, UnreachableError } from '../../core/errors';
import type { FilePart } from '../../core/parts';
import { onAbort } from '../../core/unless-aborted';
import type { PortalRest } from '../rest/portal';
import type { OutgoingPiece } from '../text/render-parts';
import { commandAnswerCall, messageCall, type ApiCall, type Speaker } from './calls';
import type { FileSource } from './file-source';
import { sendFile } from './send-file';
import type { SentRecord } from './sent-record';

export type ReplyKind = 'message' | 'command' | 'system';

export interface PieceSenderOptions {
  rest: PortalRest;
  speaker: Speaker;
  as: ReplyKind;
  command: { id: number; messageId: number } | undefined;
  files: FileSource;
  clock: Clock;
  signal: AbortSignal;
  /** Rejects when somebody else answers by now. */
  assertOurs?: (() => Promise<void>) | undefined;
}

/** A pause that a bot asks for must not hold the dialog for long. */
const LONGEST_WAIT_MS = 10_000;

/** Of a send that is on its way: the portal may carry it out although nobody waits for its answer any more. */
const neverEnding = new AbortController().signal;

/**
 * Sends the pieces one after the other, each once, from where the record says. What has been sent when one fails is
 * in the error's place of the caller: ids are handed over as they come.
 */
export async function sendPieces(
  pieces: readonly OutgoingPiece[],
  options: PieceSenderOptions,
  record: SentRecord,
  onSent: (messageId: number | null) => void,
): Promise<void> {
  const { clock, signal, assertOurs } = options;
  for (const [place, piece] of pieces.entries()) {
    if (place < record.done) continue;
    if (piece.kind === 'wait') {
      if (piece.ms > 0) await clock.sleep(Math.min(piece.ms, LONGEST_WAIT_MS), signal);
      continue;
    }
    const departure = departureOf(piece, options);
    await assertOurs?.();
    if (signal.aborted) throw new CancelledError();
    await sendOnce(departure, place, record, { signal, onSent });
  }
}

/** False only when the portal certainly has not done it. */
export function mayHaveArrived(error: unknown): boolean {
  // Others are of what comes before the portal: the file's server, the auth server, the store of the tokens.
  if (error instanceof UnreachableError) return error.sent && error.code === 'BITRIX_UNREACHABLE';
  return !(error instanceof RefusedError || error instanceof InvalidError);
}

interface Departure {
  send: () => Promise<number | null>;
  /** Whether the portal could know of it by now, or when it ended with this error. */
  hasLeft: (error?: unknown) => boolean;
}

async function sendOnce(
  { send, hasLeft }: Departure,
  place: number,
  record: SentRecord,
  { signal, onSent }: { signal: AbortSignal; onSent: (messageId: number | null) => void },
): Promise<void> {
  // A deploy closes the store beside us, so what is on its way is noted before its outcome is known.
  const stopWatching = onAbort(signal, () => hasLeft() && record.supposeGone(place));
  let messageId: number | null;
  try {
    messageId = await send();
  } catch (error) {
    if (hasLeft(error) && mayHaveArrived(error)) {
      onSent(null);
      await record.gone(place, null);
    } else {
      await record.notGone();
    }
    throw error;
  } finally {
    stopWatching();
  }
  onSent(messageId);
  await record.gone(place, messageId);
}

function textDeparture(
  piece: Extract<OutgoingPiece, { kind: 'message' }>,
  options: PieceSenderOptions,
): Departure {
  const { rest, speaker } = options;
  const { method, params } = callFor(piece, options);
  let isGone = false;
  return {
    hasLeft: () => isGone,
    async send() {
      const onDeparture = (hasLeft: boolean): void => void (isGone = hasLeft);
      const result = await rest.send(speaker.dialogId, method, params, { onDeparture });
      return idAt(result, 'id') ?? idAt({ result }, 'result') ?? null;
    },
  };
}

/** The node's end stops the reading of a file, but not the sending of what was read. */
function fileDeparture(file: FilePart, { rest, speaker, files, signal }: PieceSenderOptions): Departure {
  let isGone = false;
  const unread = new Set<unknown>();
  const watched: FileSource = {
    async read(wanted) {
      const reading = new AbortController();
      const stopWatching = onAbort(signal, () => reading.abort());
      try {
        return await files.read(wanted, reading.signal);
      } catch (error) {
        unread.add(error);
        throw error;
      } finally {
        stopWatching();
      }
    },
  };
  return {
    // A bot of the older API sends the address of what could not be read, so a failed reading is not the end.
    hasLeft: (error) => isGone && !unread.has(error),
    send: () =>
      sendFile(file, {
        ...{ rest, speaker, files: watched, signal: neverEnding },
        onDeparture: (hasLeft) => void (isGone = hasLeft),
      }),
  };
}

function departureOf(
  piece: Exclude<OutgoingPiece, { kind: 'wait' }>,
  options: PieceSenderOptions,
): Departure {
  return piece.kind === 'file' ? fileDeparture(piece.file, options) : textDeparture(piece, options);
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
