import { CancelledError, InvalidError } from '../../../lib/core/errors';
import { openFile, type OpenedFile } from '../../../lib/bitrix24/files/open-file';
import type { BotOfHub } from '../../../lib/bitrix24/hub/hub';
import { findSpeaker } from '../../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../../lib/bitrix24/reply/target';
import { bots } from '../kinds';

/** A file that the person sent with the message; `bitrix` is the event, or what a flow made of it. */
export async function openFileOfEvent(
  file: { id: number; name: string },
  bitrix: unknown,
  signal: AbortSignal,
  { urgent = true }: { readonly urgent?: boolean } = {},
): Promise<OpenedFile> {
  if (signal.aborted) throw new CancelledError();
  const { portal, speaker } = findSpeaker(readReplyTarget(bitrix), undefined, bots);
  const http = botOfEvent(bitrix).hub.fileHttp(portal.origin);
  return openFile(file, { portal, bot: speaker, http, signal, urgent });
}

/** The bot that the message was written to. */
export function botOfEvent(bitrix: unknown): BotOfHub {
  const { owner, bot } = readReplyTarget(bitrix);
  const found = bots.find(owner, bot.code);
  if (found) return found;
  throw new InvalidError('CONFIG_MISSING', 'no bitrix-bot node stands for the bot that got the file', {
    params: { config: 'bitrix-bot' },
  });
}
