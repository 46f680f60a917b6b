import { toError } from '../../core/errors';
import { systemClock, type Clock } from '../../core/clock';
import { readWaitingForms } from '../../dify/stored-forms';
import type { WaitingForm } from '../../dify/waiting-form';
import type { StoreSource } from '../../store/store';

/** The forms on which runs wait for an answer in a dialog, the one to be answered first in front. */
export interface FormMemory {
  load(key: string): Promise<WaitingForm[]>;
  keep(key: string, forms: readonly WaitingForm[]): Promise<void>;
}

export function createFormMemory(store: StoreSource, clock: Clock = systemClock): FormMemory {
  const alive = (forms: readonly WaitingForm[]): WaitingForm[] =>
    forms.filter(({ expiresAt }) => expiresAt > clock.now());

  return {
    load: async (key) => alive(readWaitingForms(await (await store()).get(key))),
    async keep(key, forms) {
      const open = await store();
      const waiting = alive(forms);
      if (waiting.length === 0) {
        await open.delete(key);
        return;
      }
      const ttlMs = Math.max(...waiting.map(({ expiresAt }) => expiresAt)) - clock.now();
      // A form's token is all that is needed to answer it, and what it is filled with is the person's own.
      await open.set(key, waiting, { ttlMs, sealed: true });
    },
  };
}

/** The answer is worth more than the memory of it. */
export function forgiving(memory: FormMemory, onFailure: (error: Error) => void): FormMemory {
  return {
    async load(key) {
      try {
        return await memory.load(key);
      } catch (error) {
        onFailure(toError(error));
        return [];
      }
    },
    keep: (key, forms) => memory.keep(key, forms).catch((error: unknown) => onFailure(toError(error))),
  };
}
