import { InvalidError } from '../../core/errors';
import { idAt } from '../../core/fields';
import type { FilePart } from '../../core/parts';
import { messageCall, uploadCall } from './calls';
import type { PieceSenderOptions } from './send-pieces';

export type FileSenderOptions = Pick<PieceSenderOptions, 'rest' | 'speaker' | 'files' | 'signal'>;

/** The file in the dialog, and the id of its message when the portal tells one. */
export async function sendFile(
  file: FilePart,
  { rest, speaker, files, signal }: FileSenderOptions,
): Promise<number | null> {
  if (speaker.api === 'v1') return sendAddress(file, { rest, speaker, signal });
  const { method, params } = uploadCall(speaker, await files.read(file, signal));
  return idAt(await rest.send(speaker.dialogId, method, params, { signal }), 'messageId') ?? null;
}

/** A v1 bot cannot send a file as itself, so what can be reached is sent as its address. */
async function sendAddress(
  file: FilePart,
  { rest, speaker, signal }: Omit<FileSenderOptions, 'files'>,
): Promise<number | null> {
  if (file.url === undefined) {
    throw new InvalidError('INPUT_INVALID', 'a bot of the older API can send a file only by its address', {
      params: { what: 'msg.parts' },
    });
  }
  const message = { text: `${file.name}: ${file.url}`, keyboard: undefined, system: false };
  const { method, params } = messageCall(speaker, message);
  return idAt({ result: await rest.send(speaker.dialogId, method, params, { signal }) }, 'result') ?? null;
}
