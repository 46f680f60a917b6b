import { InvalidError } from '../../lib/core/errors';
import { at } from '../../lib/core/fields';
import { createLeftovers, type Leftovers } from '../../lib/bitrix24/files/leftovers';
import { takeFiles, waysToTake, type TakenFile } from '../../lib/bitrix24/files/take-files';
import { removeOldTempFiles } from '../../lib/bitrix24/files/temp-file';
import { readWantedFiles, type WantedFile } from '../../lib/bitrix24/files/wanted-files';
import { findSpeaker } from '../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../lib/bitrix24/reply/target';
import { againAfterDeploy } from '../runtime/bot/again-after-deploy';
import { botOfEvent } from '../runtime/bot/event-files';
import type { Behaviour } from '../runtime/define-node';
import type { FlowTracker, TrackedFlow } from '../runtime/flow-tracker';
import type { FlowsPhase } from '../runtime/flows-phase';
import { botKind, bots } from '../runtime/kinds';
import type { Message, Shell } from '../runtime/shell';

const DAY_MS = 24 * 60 * 60_000;

/** From ids to bytes. */
export function createDownload(
  shell: Shell,
  { phase, tracker }: { phase: FlowsPhase; tracker: FlowTracker },
): Behaviour {
  const { settings } = shell;
  const chosen = shell.useOptional(botKind, 'bot');
  const way = settings.choice('as', waysToTake);
  const maxBytes = settings.number('maxMegabytes', 100, { min: 0.001, max: 2000 }) * 1024 * 1024;
  const isOfEvent = settings.text('file') === '';
  const readFile = shell.typed('file', 'bitrix.files');
  const leftovers = createLeftovers();
  if (way === 'file') removeOldTempFiles(DAY_MS).catch(() => undefined);

  async function wantedBy(message: Message): Promise<WantedFile[]> {
    const given = isOfEvent ? at(message.bitrix, 'files') : await readFile(message);
    const wanted = readWantedFiles(given);
    if (wanted) return wanted;
    const what = isOfEvent ? 'msg.bitrix.files' : settings.text('file');
    throw new InvalidError('INPUT_INVALID', 'there is no id of a file', { params: { what } });
  }

  async function take(files: WantedFile[], bitrix: unknown, signal: AbortSignal): Promise<TakenFile[]> {
    // A file belongs to a bot, and needs no dialog.
    const owner = { dialogId: 'none', ...(typeof bitrix === 'object' && bitrix) };
    const { portal, speaker } = findSpeaker(readReplyTarget(owner), chosen, bots);
    const { hub } = chosen ?? botOfEvent(owner);
    const access = { portal, bot: speaker, http: hub.fileHttp(portal.origin), signal };
    return takeFiles(files, way, { ...access, maxBytes });
  }

  return {
    onClose: () => leftovers.close(),
    async onMessage(message, { emit, signal }) {
      const files = await wantedBy(message);
      const taken = await againAfterDeploy(() => take(files, message.bitrix, signal), phase, signal);
      const flow = tracker.of(message);
      for (const one of taken) leave(one, flow, leftovers);
      message.files = taken.map(({ card }) => card);
      const [first] = taken;
      if (first) message.payload = first.content;
      emit(message);
    },
  };
}

/** What is in memory goes by itself. */
function leave({ card, drop }: TakenFile, flow: TrackedFlow | undefined, leftovers: Leftovers): void {
  const { path, stream } = card;
  if (path !== undefined) leftovers.add({ isOver: () => isOver(flow), remove: drop });
  if (!stream) return;
  // A node that says nothing of its end may still be reading.
  const isRead = (): boolean => stream.listenerCount('data') + stream.listenerCount('readable') > 0;
  leftovers.add({
    isOver: () => stream.destroyed || (isOver(flow) && !isRead()),
    remove: drop,
  });
}

/** Certainly, or nearly so: a flow that was cut short may go on behind our back. */
function isOver(flow: TrackedFlow | undefined): boolean {
  const by = flow?.outcome?.by;
  return by === 'report' || by === 'guess' || by === 'deploy';
}
