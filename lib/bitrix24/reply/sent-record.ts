import { at, entriesAt, idAt } from '../../core/fields';
import type { StoreSource } from '../../store/store';
import type { OutgoingPiece } from '../text/render-parts';
import { planOf, readPlan, type PlannedPiece } from './answer-plan';
import type { AnswerTurns } from './answer-turns';

/** As long as a repeated event is known; a dead letter that is brought back later is answered anew. */
export const SENT_RECORD_LIFE_MS = 24 * 60 * 60 * 1000;

/** On disk before the next piece goes out, and encrypted: the plan holds what was said. */
const kept = { ttlMs: SENT_RECORD_LIFE_MS, sealed: true, durable: true } as const;

/** How far an answer to an event has come, so that the same event, handed out again, does not repeat it. */
export interface SentRecord {
  /** Ids of what went out in earlier hand-outs; null where the portal told none, or its answer was lost. */
  readonly ids: readonly (number | null)[];
  /** The pieces of the answer as it was begun. A model would now say it in other words. */
  readonly plan: readonly PlannedPiece[] | undefined;
  /** How many of the pieces are through. */
  readonly done: number;
  readonly isComplete: boolean;
  /** Before the first piece is sent. */
  begin(pieces: readonly OutgoingPiece[]): Promise<void>;
  gone(place: number, messageId: number | null): Promise<void>;
  /** It is on its way, and this may be the last chance to say so. */
  supposeGone(place: number): void;
  /** It did certainly not arrive. */
  notGone(): Promise<void>;
}

/** Of an answer that can never be asked for again. */
export const noRecord: SentRecord = {
  ids: [],
  plan: undefined,
  done: 0,
  isComplete: false,
  begin: () => Promise.resolve(),
  gone: () => Promise.resolve(),
  supposeGone: () => undefined,
  notGone: () => Promise.resolve(),
};

export interface SentRecordOptions {
  store: StoreSource;
  key: string;
  /** The answer may have been begun before. */
  isRepeat: boolean;
  onUnkept: (error: unknown) => void;
}

interface Progress {
  done: number;
  total: number;
  ids: readonly (number | null)[];
}

/**
 * Where the store cannot be used, two harms are to be weighed. An answer that is given for the first time goes out
 * all the same: a client who waits matters more than the record. Of a repeated one nobody knows whether the client
 * has it already, so this rejects, nothing is sent, and the event is handed out again later.
 */
export async function openSentRecord(options: SentRecordOptions): Promise<SentRecord> {
  const { store, key, isRepeat, onUnkept } = options;
  const planKey = `${key}:plan`;
  const open = isRepeat ? await store() : undefined;
  const before = readProgress(await open?.get(key));
  const plan = readPlan(await open?.get(planKey));
  let reached: Progress = before;
  let hasPlan = plan !== undefined;

  const save = async (place: string, value: unknown): Promise<boolean> => {
    try {
      await (await store()).set(place, value, kept);
      return true;
    } catch (error) {
      onUnkept(error);
      return false;
    }
  };
  const after = (place: number, messageId: number | null): Progress => ({
    done: place + 1,
    total: reached.total,
    ids: [...reached.ids, messageId],
  });

  return {
    ids: before.ids,
    plan,
    done: before.done,
    isComplete: before.total > 0 && before.done >= before.total,
    async begin(pieces) {
      const total = pieces.findLastIndex(isSent) + 1;
      reached = { ...reached, total };
      if (hasPlan || pieces.filter(isSent).length < 2) return;
      hasPlan = await save(planKey, planOf(pieces));
    },
    async gone(place, messageId) {
      reached = after(place, messageId);
      await save(key, reached);
    },
    supposeGone(place) {
      save(key, after(place, null)).catch(onUnkept);
    },
    async notGone() {
      if (reached.done > 0) return void (await save(key, reached));
      // Nothing of it was ever seen, so the next try may say whatever the flow says then.
      const forget = async (one: string): Promise<unknown> => (await store()).delete(one);
      await Promise.all([key, planKey].map(forget)).catch(onUnkept);
    },
  };
}

function isSent({ kind }: OutgoingPiece): boolean {
  return kind !== 'wait';
}

function readProgress(stored: unknown): Progress {
  return {
    done: idAt(stored, 'done') ?? 0,
    total: idAt(stored, 'total') ?? 0,
    ids: entriesAt(stored, 'ids').map((id) => (typeof id === 'number' ? id : null)),
  };
}

/** Does a thing that is done once for an event, whoever asks. The work tells whether it is done. */
export type Once = (step: string, work: () => Promise<boolean>) => Promise<void>;

/** Whether an earlier hand-out of the event has done it. */
export async function wasDoneFor(store: StoreSource, eventId: string, step: string): Promise<boolean> {
  return at(await (await store()).get(keyOfStep(eventId, step)), 'done') === true;
}

function keyOfStep(eventId: string, step: string): string {
  return `sent:${eventId}:${step}`;
}

export interface OnceOptions extends Omit<SentRecordOptions, 'key'> {
  eventId: string;
  turns: AnswerTurns;
}

export function onceForEvent({ store, eventId, isRepeat, turns, onUnkept }: OnceOptions): Once {
  return async (step, work) => {
    const key = keyOfStep(eventId, step);
    const mayBeDone = turns.begin(key) || isRepeat;
    if (mayBeDone && (await wasDoneFor(store, eventId, step))) return;
    if (!(await work())) return;
    await store()
      .then((open) => open.set(key, { done: true }, kept))
      .catch(onUnkept);
  };
}
