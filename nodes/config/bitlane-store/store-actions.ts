import type { NodeAPI } from 'node-red';
import type { HeldFolder } from '../../../lib/store/held-folder';
import { assertUsableKey } from '../../../lib/store/key-text';
import type { FolderWish } from '../../../lib/store/leases';
import type { StoreStats } from '../../../lib/store/store';
import { tryFolder, type FolderTrial } from '../../../lib/store/try-folder';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
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
  const isUsable = stats === undefined || stats.state === 'ready';
  const sentences = [
    ...(stats
      ? openSentences(stats, folder, translate)
      : [translate('bitlane-store.check.closed', { folder })]),
    diskSentence(trial, stats, translate),
  ];
  return { ok: isUsable, message: sentences.join(' '), details: { folder, ...stats, ...trial } };
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
  const journalKb = Math.ceil((journal?.journalBytes ?? 0) / 1024);
  const sentences = [
    translate(`bitlane-store.check.${stats.state === 'ready' ? 'open' : 'broken'}`, {
      folder,
      reason: stats.reason ?? '',
    }),
    translate('bitlane-store.check.kept', { ...counts, journal: journalKb }),
  ];
  if (unreadable > 0) sentences.push(translate('bitlane-store.check.unreadable', { count: unreadable }));
  return sentences;
}

function diskSentence(trial: FolderTrial, stats: StoreStats | undefined, translate: Translate): string {
  const { journal } = stats ?? {};
  const ms = journal && journal.fsyncs > 0 ? journal.fsyncMs.median : trial.syncMs;
  const free = Math.floor(trial.freeBytes / 1024 / 1024);
  return translate('bitlane-store.check.disk', { free, ms: Math.max(0.1, Math.round(ms * 10) / 10) });
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
