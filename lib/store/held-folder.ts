import { startTimer, type Clock } from '../core/clock';
import { BitlaneError, CancelledError, toError } from '../core/errors';
import { createConditionBoard } from './condition-board';
import type { EmbeddedStore, EmbeddedStoreOptions } from './embedded-store';
import type { StoreFiles } from './files';
import { keyFileBeside, settleKeys, type StoreKeys } from './key-file';
import { keyFromText } from './key-text';
import type { ConditionListener, StoreCondition } from './offer';
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

/** One folder of this process: opened on first use, again and again until it works, and kept open until `close`. */
export interface HeldFolder {
  source(): Promise<EmbeddedStore>;
  condition(): StoreCondition;
  onCondition(listener: ConditionListener): () => void;
  /** A key that a person has chosen, as text; everything is sealed with it from now on. undefined: it stays as it is. */
  wantKey(text: string | undefined): void;
  isKeyChosen(): boolean;
  /** Makes a key and seals everything with it. Not for a folder whose key was chosen. */
  rotate(): Promise<KeyRotation>;
  flush(): Promise<void>;
  close(): Promise<void>;
  /** As the process ends. */
  letGoNow(): void;
}

export function createHeldFolder(options: HeldFolderOptions): HeldFolder {
  const { folder, files, clock, monotonic, retryMs } = options;
  const keyFile = keyFileBeside(folder, files);
  const board = createConditionBoard();
  const resealer = createResealer(keyFile);
  let opening: Promise<EmbeddedStore> | undefined;
  let store: EmbeddedStore | undefined;
  let failure: { error: Error; at: number } | undefined;
  let chosen: string | undefined;
  let isClosed = false;
  let cancelRetry: (() => void) | undefined;

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

  const becomeReady = (): void => {
    if (store) board.show({ state: 'ready', notices: [] });
    tidyKeys();
  };

  const open = (): Promise<EmbeddedStore> => {
    cancelRetry?.();
    if (!failure) board.show({ state: 'opening' });
    const attempt = openOnce().then(
      (opened) => {
        store = opened;
        failure = undefined;
        board.show({ state: 'ready', notices: opened.report.notices });
        tidyKeys();
        return opened;
      },
      (thrown: unknown) => {
        fail(toError(thrown));
        throw thrown;
      },
    );
    opening = attempt;
    return attempt;
  };

  const fail = (error: Error): void => {
    opening = undefined;
    failure = { error, at: monotonic() };
    board.show({ state: 'unavailable', error });
    if (isClosed) return;
    cancelRetry = startTimer(clock, retryMs, () => {
      open().catch(() => undefined);
    });
  };

  /** Another process has the folder now. When that one is gone, it can be ours again. */
  const lose = (error: Error): void => {
    const lost = store;
    if (!lost) return;
    store = undefined;
    fail(error);
    shut(lost).catch(() => undefined);
  };

  const source = async (): Promise<EmbeddedStore> => {
    if (isClosed) throw new CancelledError('the store is closed');
    if (opening) return opening;
    if (failure && monotonic() - failure.at < retryMs) throw failure.error;
    return open();
  };

  const tidyKeys = (): void => {
    // What goes wrong is made good when the disk is back, or when the folder is opened the next time.
    resealer.inTurn(async () => resealer.tidy(store, await chosenKey())).catch(() => undefined);
  };

  return {
    source,
    condition: board.condition,
    onCondition: board.listen,
    wantKey(text) {
      if (text === chosen) return;
      chosen = text;
      if (store) tidyKeys();
    },
    isKeyChosen: () => chosen !== undefined,
    rotate: () => resealer.inTurn(async () => resealer.replaceKey(await source())),
    flush: async () => store?.flush(),
    letGoNow: () => store?.letGoNow(),
    async close() {
      isClosed = true;
      cancelRetry?.();
      await opening?.catch(() => undefined);
      await resealer.inTurn(async () => undefined);
      if (store) await shut(store);
    },
  };
}

/** Its lock is given back even when its last changes cannot be written. */
async function shut(store: EmbeddedStore): Promise<void> {
  await store.close().catch(() => undefined);
}
