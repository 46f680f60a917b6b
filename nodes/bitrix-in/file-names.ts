import type { BitrixEvent } from '../../lib/bitrix24/events/event';
import { describeFiles } from '../../lib/bitrix24/files/describe-files';
import type { PortalHub } from '../../lib/bitrix24/hub/hub';
import { findSpeaker } from '../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../lib/bitrix24/reply/target';
import { bots } from '../runtime/kinds';

/** Events of the second generation bring the ids of files alone; whoever builds a bot wants to say their names. */
export async function withFileNames(
  hub: PortalHub,
  event: BitrixEvent,
  signal: AbortSignal,
): Promise<BitrixEvent> {
  if (event.files.every(({ name }) => name !== undefined)) return event;
  const target = readReplyTarget(event);
  // A bot that no node stands for cannot ask for its files.
  if (!bots.find(target.owner, target.bot.code)) return event;
  const { portal, speaker } = findSpeaker(target, undefined, bots);
  const http = hub.fileHttp(portal.origin);
  return { ...event, files: await describeFiles(event.files, { portal, bot: speaker, http, signal }) };
}
