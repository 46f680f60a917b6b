import { CancelledError, InvalidError } from '../../../lib/core/errors';
import { entriesAt, idAt, textAt } from '../../../lib/core/fields';
import { openFile, type OpenedFile } from '../../../lib/bitrix24/files/open-file';
import { findSpeaker } from '../../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../../lib/bitrix24/reply/target';
import type { FileSource } from '../../../lib/dify/upload';
import { bots } from '../kinds';

/** The files that the person sent with the message. Opened only when the app wants them. */
export function filesOfMessage(bitrix: unknown, signal: AbortSignal): FileSource[] {
  return entriesAt(bitrix, 'files').flatMap((entry): FileSource[] => {
    const id = idAt(entry, 'id');
    if (id === undefined) return [];
    const name = textAt(entry, 'name') ?? `file-${id}`;
    const size = idAt(entry, 'size');
    return [{ name, size, open: async () => (await openFromPortal({ id, name }, bitrix, signal)).body }];
  });
}

async function openFromPortal(
  file: { id: number; name: string },
  bitrix: unknown,
  signal: AbortSignal,
): Promise<OpenedFile> {
  if (signal.aborted) throw new CancelledError();
  const target = readReplyTarget(bitrix);
  const { portal, speaker } = findSpeaker(target, undefined, bots);
  const bot = bots.find(target.owner, target.bot.code);
  if (!bot) {
    throw new InvalidError('CONFIG_MISSING', 'no bitrix-bot node stands for the bot that got the file', {
      params: { config: 'bitrix-bot' },
    });
  }
  return openFile(file, { portal, bot: speaker, http: bot.hub.fileHttp(portal.origin), signal });
}
