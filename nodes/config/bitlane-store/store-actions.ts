import type { NodeAPI } from 'node-red';
import { folderKind } from '../../../lib/store/folder-kind';
import type { HeldFolder } from '../../../lib/store/held-folder';
import { assertUsableKey } from '../../../lib/store/key-text';
import type { FolderWish } from '../../../lib/store/leases';
import type { StoreStats } from '../../../lib/store/store';
import { tryFolder, type FolderTrial } from '../../../lib/store/try-folder';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import { numberText, sizeText } from '../../runtime/amounts';
import type { Translate } from '../../runtime/explain';
import { findStore, storeFolder } from '../../runtime/stores';
import { checkRedis } from './redis-check';
import { inWords, readStoreSettings, type StoreSettings } from './store-settings';

/** The button of the dialog: an open store is asked how it is, another place is tried without opening a store there. */
export async function checkStore(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  const { translate } = context;
  const { place } = settingsOf(context);
  return 'redis' in place ? checkRedis(place, translate) : checkFolder(RED, place, translate);
}

async function checkFolder(RED: NodeAPI, wish: FolderWish, translate: Translate): Promise<ActionAnswer> {
  const folder = storeFolder(RED, wish.folder);
  const held = findStore(folder);
  const stats = held && (await (await held.source()).stats());
  const trial = await tryFolder(folder);
  const remark = await remarkOn(folder, translate);
  const isUsable = stats === undefined || stats.state === 'ready';
  const sentences = [
    ...(stats
      ? openSentences(stats, folder, translate)
      : [translate('bitlane-store.check.closed', { folder })]),
    diskSentence(trial, stats, translate),
    ...(remark === '' ? [] : [remark]),
  ];
  return { ok: isUsable, message: sentences.join(' '), details: { folder, ...stats, ...trial } };
}

/** While the folder is being typed: nothing is made there. The message is empty when there is nothing to say. */
export async function judgeFolder(
  RED: Parameters<typeof storeFolder>[0],
  { settings, translate }: Pick<ActionContext, 'settings' | 'translate'>,
  kindOf = folderKind,
): Promise<ActionAnswer> {
  const folder = storeFolder(RED, settings.text('folder'));
  return { ok: true, message: await remarkOn(folder, translate, kindOf) };
}

async function remarkOn(folder: string, translate: Translate, kindOf = folderKind): Promise<string> {
  const found = await kindOf(folder);
  if (found.kind === 'local') return '';
  return translate(`bitlane-store.tip.${found.kind}Folder`, { folder, fileSystem: found.fileSystem });
}

/** Also what cannot be told from the folder: a key that is too short. */
function settingsOf({ settings, translate }: ActionContext): StoreSettings {
  const read = readStoreSettings(settings, translate);
  try {
    const { encryptionKey } = read.place;
    if (encryptionKey !== undefined) assertUsableKey(encryptionKey);
  } catch (thrown) {
    throw inWords(thrown, translate);
  }
  return read;
}

function openSentences(stats: StoreStats, folder: string, translate: Translate): string[] {
  const { liveKeys, waiting, claimed, dead, unreadable, journal } = stats;
  const counts = { keys: liveKeys, waiting: waiting + claimed, dead };
  const journalSize = sizeText(journal?.journalBytes ?? 0, translate);
  const sentences = [
    translate(`bitlane-store.check.${stats.state === 'ready' ? 'open' : 'broken'}`, {
      folder,
      reason: stats.reason ?? '',
    }),
    translate('bitlane-store.check.kept', { ...counts, journal: journalSize }),
  ];
  if (unreadable > 0) sentences.push(translate('bitlane-store.check.unreadable', { count: unreadable }));
  return sentences;
}

function diskSentence(trial: FolderTrial, stats: StoreStats | undefined, translate: Translate): string {
  const { journal } = stats ?? {};
  const ms = journal && journal.fsyncs > 0 ? journal.fsyncMs.median : trial.syncMs;
  const free = sizeText(trial.freeBytes, translate);
  return translate('bitlane-store.check.disk', { free, ms: numberText(Math.max(0.1, ms), translate) });
}

/** Only for a key that the store has made itself: one that a person has chosen is changed by typing another. */
export async function rotateKey(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  const { translate } = context;
  const { place } = settingsOf(context);
  const held = 'redis' in place ? undefined : findStore(storeFolder(RED, place.folder));
  if (place.encryptionKey !== undefined || held?.isKeyChosen() === true) {
    return { ok: false, message: translate('bitlane-store.rotate.chosen') };
  }
  if (!held) return { ok: false, message: translate('bitlane-store.rotate.deploy') };
  return rotated(held, translate);
}

async function rotated(held: HeldFolder, translate: Translate): Promise<ActionAnswer> {
  const { resealed, unreadable } = await held.rotate();
  const message = translate('bitlane-store.rotate.done', { count: resealed });
  if (unreadable === 0) return { ok: true, message };
  return {
    ok: true,
    message: `${message} ${translate('bitlane-store.check.unreadable', { count: unreadable })}`,
  };
}
