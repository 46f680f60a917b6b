import { UnreachableError } from '../core/errors';
import { at, textAt } from '../core/fields';
import type { StoreSource } from '../store/store';

export interface HeldUpload {
  readonly key: string;
  readonly since: number;
}

/** Which uploads wait for a person, in one value: the records they belong to may be a hundred thousand. */
export interface HeldList {
  add(upload: HeldUpload): Promise<void>;
  remove(key: string): Promise<void>;
  /** The latest first. */
  read(): Promise<readonly HeldUpload[]>;
}

/** Others write the same value only when an upload of theirs has no clear end at the same moment. */
const tries = 20;

export function createHeldList(store: StoreSource, name: string): HeldList {
  async function change(next: (list: readonly HeldUpload[]) => readonly HeldUpload[]): Promise<void> {
    const open = await store();
    for (let left = tries; left > 0; left -= 1) {
      const seen = await open.get(name);
      const before = readList(seen);
      const list = next(before);
      if (list.length === 0 && before.length === 0) return;
      const isDone = await open.compareAndSet(name, seen, list.length > 0 ? list : undefined, {
        durable: true,
      });
      if (isDone) return;
    }
    throw new UnreachableError('STORE_UNAVAILABLE', 'the list of held uploads is changed by too many', {
      sent: false,
    });
  }

  return {
    add: (upload) => change((list) => [upload, ...without(list, upload.key)]),
    remove: (key) => change((list) => without(list, key)),
    read: async () => readList(await (await store()).get(name)),
  };
}

function without(list: readonly HeldUpload[], key: string): HeldUpload[] {
  return list.filter((held) => held.key !== key);
}

function readList(value: unknown): HeldUpload[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const key = textAt(entry, 'key');
    const since = at(entry, 'since');
    return key === undefined || typeof since !== 'number' ? [] : [{ key, since }];
  });
}
