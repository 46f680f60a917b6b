import { BitlaneError, InvalidError, RefusedError } from '../../core/errors';
import { idAt } from '../../core/fields';
import type { FilePart } from '../../core/parts';
import type { PortalRest, SendOptions } from '../rest/portal';
import { messageCall, uploadCall, type Speaker } from './calls';
import type { PieceSenderOptions } from './send-pieces';

export interface FileSenderOptions extends Pick<PieceSenderOptions, 'rest' | 'speaker' | 'files' | 'signal'> {
  onDeparture?: SendOptions['onDeparture'];
}

/** The file in the dialog, and the id of its message when the portal tells one. */
export async function sendFile(file: FilePart, options: FileSenderOptions): Promise<number | null> {
  return options.speaker.api === 'v1' ? sendAsOlderBot(file, options) : upload(file, options);
}

async function upload(
  file: FilePart,
  { rest, speaker, files, signal, onDeparture }: FileSenderOptions,
): Promise<number | null> {
  const ready = await files.read(file, signal);
  try {
    const { method, params } = uploadCall(speaker, ready);
    const sending = { signal, onDeparture };
    return idAt(await rest.send(speaker.dialogId, method, params, sending), 'messageId') ?? null;
  } finally {
    await ready.release();
  }
}

/** The portal knows the newer method not at all, or not for this bot. */
const lastingRefusals = new Set([
  'ERROR_METHOD_NOT_FOUND',
  'BOT_NOT_FOUND',
  'BOT_OWNERSHIP_ERROR',
  'BOT_TOKEN_NOT_SPECIFIED',
  'BOT_TOKEN_INVALID_LENGTH',
]);
const refusals = new Set([...lastingRefusals, 'ACCESS_DENIED', 'FILE_FOLDER_ERROR', 'insufficient_scope']);

/** Bots whose uploads a portal refuses for good, so that no file is carried there in vain. */
const refusedBots = new WeakMap<PortalRest, Set<string>>();

/**
 * The older API cannot send a file as the bot. Whether the newer one does it for a bot of the older, the
 * documentation leaves open, so it is tried; where it does not, what can be reached is sent as its address.
 */
async function sendAsOlderBot(file: FilePart, options: FileSenderOptions): Promise<number | null> {
  const { rest, speaker } = options;
  const bot = keyOf(speaker);
  if (refusedBots.get(rest)?.has(bot) === true) return sendAddress(file, options);
  try {
    return await upload(file, options);
  } catch (error) {
    if (isRefusal(error)) {
      if (lastingRefusals.has(error.serviceCode ?? '')) {
        refusedBots.set(rest, (refusedBots.get(rest) ?? new Set()).add(bot));
      }
      return sendAddress(file, options, error);
    }
    if (file.url !== undefined && isAboutFile(error)) return sendAddress(file, options);
    throw error;
  }
}

function keyOf({ botId, botToken = '' }: Speaker): string {
  return `${botId}:${botToken}`;
}

function isRefusal(error: unknown): error is RefusedError {
  const isOfPlan = error instanceof RefusedError && error.code === 'BITRIX_PLAN';
  return error instanceof RefusedError && !isOfPlan && refusals.has(error.serviceCode ?? '');
}

/**
 * It could not be fetched or is too large: the person may have more luck with its address. Not so with an address that
 * we may not go to, which is no matter of theirs.
 */
function isAboutFile(error: unknown): boolean {
  if (!(error instanceof BitlaneError)) return false;
  return error.code === 'INPUT_INVALID' || error.code === 'ADDRESS_UNREACHABLE';
}

async function sendAddress(
  file: FilePart,
  { rest, speaker, signal, onDeparture }: FileSenderOptions,
  refusal?: RefusedError,
): Promise<number | null> {
  if (file.url === undefined) {
    throw new InvalidError('INPUT_INVALID', 'a bot of the older API can send a file only by its address', {
      params: { what: 'msg.parts' },
      ...(refusal && { cause: refusal }),
    });
  }
  const message = { text: `${file.name}: ${file.url}`, keyboard: undefined, system: false };
  const { method, params } = messageCall(speaker, message);
  const result = await rest.send(speaker.dialogId, method, params, { signal, onDeparture });
  return idAt({ result }, 'result') ?? null;
}
