import type { Clock } from '../core/clock';
import { BitlaneError } from '../core/errors';
import { createConditionBoard } from './condition-board';
import type { EmbeddedStore, EmbeddedStoreOptions } from './embedded-store';
import type { StoreFiles } from './files';
import { createOpener, type HeldStore } from './held-store';
import { keyFileBeside, settleKeys, type StoreKeys } from './key-file';
import { keyFromText } from './key-text';
import { createResealer } from './resealer';
import type { KeyRotation } from './store';

export interface HeldFolderOptions {
  folder: string;
  files: StoreFiles;
  clock: Clock;
  monotonic: () => number;
  open: (options: EmbeddedStoreOptions) => Promise<EmbeddedStore>;
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
    const opened = await options.open({
      ...{ folder, files, clock, monotonic, key: findKeys },
      onStateChange(state, _reason, fault) {
        if (state === 'ready') becomeReady();
        else if (fault instanceof BitlaneError && fault.code === 'STORE_LOCKED') lose((lost = fault));
        else if (fault) board.show({ state: 'unavailable', error: fault });
      },
    });
    if (!lost) return opened;
    await shut(opened);
    throw lost;
  };

  const opener = createOpener<EmbeddedStore>({
    ...{ clock, monotonic, retryMs, open: openOnce },
    onOpening: () => board.show({ state: 'opening' }),
    onOpen(opened) {
      board.show({ state: 'ready', notices: opened.report.notices });
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

/** Its lock is given back even when its last changes cannot be written. */
async function shut(store: EmbeddedStore): Promise<void> {
  await store.close().catch(() => undefined);
}
