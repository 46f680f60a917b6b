import { newKey, type KeyFile, type StoreKeys } from './key-file';
import type { EmbeddedStore } from './embedded-store';
import type { KeyRotation } from './store';

/**
 * Changes the key of an open store. The file gets the new key beside the old ones before anything is sealed with
 * it, and loses the old ones when nothing needs them any more: a crash in between costs nothing.
 */
export interface Resealer {
  /** The keys that the store was opened with. */
  take(keys: StoreKeys): void;
  /** One after another: each begins where the one before it has ended. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Ends what an earlier change has left, and goes over to the wanted key. */
  tidy(store: EmbeddedStore | undefined, wanted: string | undefined): Promise<void>;
  replaceKey(store: EmbeddedStore): Promise<KeyRotation>;
}

export function createResealer(file: KeyFile): Resealer {
  /** As the file has them, the current one first. */
  let lines: readonly string[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  const write = async (keys: readonly string[]): Promise<void> => {
    await file.write(keys);
    lines = keys;
  };

  const changeTo = async (store: EmbeddedStore, key: string): Promise<KeyRotation> => {
    if (lines[0] !== key) await write([key, ...lines.filter((line) => line !== key)]);
    const rotation = await store.rotateKey(key);
    await write([key]);
    return rotation;
  };

  return {
    take({ current, previous }) {
      lines = [current, ...previous];
    },
    inTurn(work) {
      const next = turn.then(work);
      turn = next.catch(() => undefined);
      return next;
    },
    async tidy(store, wanted) {
      const key = wanted ?? lines[0];
      if (!store || key === undefined || (lines.length === 1 && lines[0] === key)) return;
      await changeTo(store, key);
    },
    replaceKey: (store) => changeTo(store, newKey()),
  };
}
