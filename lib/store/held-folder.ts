import type { Clock } from '../core/clock';
import { BitlaneError } from '../core/errors';
import { createConditionBoard } from './condition-board';
import type { EmbeddedStore, EmbeddedStoreOptions } from './embedded-store';
import type { StoreFiles } from './files';
import type { FolderKind } from './folder-kind';
import { createOpener, type HeldStore } from './held-store';
import { keyFileBeside, settleKeys, type StoreKeys } from './key-file';
import { keyFromText } from './key-text';
import type { Notice } from './open-report';
import { createResealer } from './resealer';
import type { KeyRotation } from './store';

export interface HeldFolderOptions {
  folder: string;
  files: StoreFiles;
  clock: Clock;
  monotonic: () => number;
  open: (options: EmbeddedStoreOptions) => Promise<EmbeddedStore>;
  /** Where the folder really is. Never rejects. */
  judge: (folder: string) => Promise<FolderKind>;
  /** A folder that could not be opened is not tried again before. */
  retryMs: number;
  /** An earlier holding of the same folder that is still closing. */
  earlier: Promise<void> | undefined;
}

/** One folder of this process. A key that is wanted seals everything from then on. */
export interface HeldFolder extends HeldStore {
  source(): Promise<EmbeddedStore>;
  isKeyChosen(): boolean;
  /** Makes a key and seals everything with it. Not for a folder whose key was chosen. */
  rotate(): Promise<KeyRotation>;
}

export function createHeldFolder(options: HeldFolderOptions): HeldFolder {
  const { folder, files, clock, monotonic, retryMs } = options;
  const keyFile = keyFileBeside(folder, files);
  const board = createConditionBoard();
  const resealer = createResealer(keyFile);
  let chosen: string | undefined;
  let kind: FolderKind = { kind: 'local' };

  const chosenKey = async (): Promise<string | undefined> =>
    chosen === undefined ? undefined : keyFromText(chosen);

  /** Asked when the folder is locked: in a deploy the node that knows the key may come after one that does not. */
  const findKeys = async (): Promise<StoreKeys> => {
    const keys = await settleKeys(keyFile, await chosenKey());
    resealer.take(keys);
    return keys;
  };

  const openOnce = async (): Promise<EmbeddedStore> => {
    await options.earlier;
    let lost: Error | undefined;
    const judging = options.judge(folder);
    const opened = await options.open({
      ...{ folder, files, clock, monotonic, key: findKeys },
      onStateChange(state, _reason, fault) {
        if (state === 'ready') becomeReady();
        else if (fault instanceof BitlaneError && fault.code === 'STORE_LOCKED') lose((lost = fault));
        else if (fault) board.show({ state: 'unavailable', error: fault });
      },
    });
    kind = await judging;
    if (!lost) return opened;
    await shut(opened);
    throw lost;
  };

  const opener = createOpener<EmbeddedStore>({
    ...{ clock, monotonic, retryMs, open: openOnce },
    onOpening: () => board.show({ state: 'opening' }),
    onOpen(opened) {
      board.show({ state: 'ready', notices: [...noticesOf(folder, kind), ...opened.report.notices] });
      tidyKeys();
    },
    onFailure: (error) => board.show({ state: 'unavailable', error }),
  });

  const becomeReady = (): void => {
    if (opener.now()) board.show({ state: 'ready', notices: [] });
    tidyKeys();
  };

  /** Another process has the folder now. When that one is gone, it can be ours again. */
  const lose = (error: Error): void => {
    const lost = opener.drop(error);
    if (lost) shut(lost).catch(() => undefined);
  };

  const tidyKeys = (): void => {
    // What goes wrong is made good when the disk is back, or when the folder is opened the next time.
    resealer.inTurn(async () => resealer.tidy(opener.now(), await chosenKey())).catch(() => undefined);
  };

  return {
    source: opener.source,
    condition: board.condition,
    onCondition: board.listen,
    wantKey(text) {
      if (text === chosen) return;
      chosen = text;
      if (opener.now()) tidyKeys();
    },
    isKeyChosen: () => chosen !== undefined,
    rotate: () => resealer.inTurn(async () => resealer.replaceKey(await opener.source())),
    flush: async () => opener.now()?.flush(),
    letGoNow: () => opener.now()?.letGoNow(),
    async close() {
      await opener.end();
      await resealer.inTurn(async () => undefined);
      const store = opener.now();
      if (store) await shut(store);
    },
  };
}

/** A folder that a program serves may well be on this machine: only its dialog speaks of that. */
function noticesOf(folder: string, kind: FolderKind): Notice[] {
  if (kind.kind !== 'network') return [];
  return [{ code: 'STORE_NETWORK', params: { folder, fileSystem: kind.fileSystem } }];
}

/** Its lock is given back even when its last changes cannot be written. */
async function shut(store: EmbeddedStore): Promise<void> {
  await store.close().catch(() => undefined);
}
