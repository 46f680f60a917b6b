import { randomUUID } from 'node:crypto';
import { startTimer, type Clock } from '../../../lib/core/clock';
import { at, idAt, textAt } from '../../../lib/core/fields';
import type { StoreSource } from '../../../lib/store/store';
import type { Moment } from './spoken-moment';

/** That a person has taken a dialog over, as one process tells it to the others. */
export interface Takeover {
  readonly moment: Moment;
  readonly sessionId: number | undefined;
  /** Tells this word of it from any other. */
  readonly mark: string;
}

/** What was found; undefined when the store could not say. */
export type Look = LookedUp | undefined;

export interface LookedUp {
  readonly last: Takeover | undefined;
  /** Others may have the store open as well. */
  readonly isShared: boolean;
}

export const rememberedMs = 60 * 60_000;
/** A store that is away must not keep an answer back for longer than it is worth. */
const patienceMs = 2500;

const keyOf = (dialog: string): string => `taken:${dialog}`;

/** Nobody fails by it: whoever answers in this process has been told. */
export async function noteTakeover(
  open: StoreSource,
  dialog: string,
  { moment, sessionId }: Omit<Takeover, 'mark'>,
): Promise<void> {
  const said = moment.isMessage && moment.messageId !== undefined ? { messageId: moment.messageId } : {};
  const record = { time: moment.time, ...said, sessionId: sessionId ?? null, mark: randomUUID() };
  await open()
    .then((store) => store.set(keyOf(dialog), record, { ttlMs: rememberedMs }))
    .catch(() => undefined);
}

export function lastTakeover(open: StoreSource, dialog: string, clock: Clock): Promise<Look> {
  return new Promise((resolve) => {
    const stopTimer = startTimer(clock, patienceMs, () => resolve(undefined));
    const tell = (look: Look): void => {
      stopTimer();
      resolve(look);
    };
    lookUp(open, dialog).then(tell, () => tell(undefined));
  });
}

async function lookUp(open: StoreSource, dialog: string): Promise<LookedUp> {
  const store = await open();
  const last = readTakeover(await store.get(keyOf(dialog)));
  return { last, isShared: store.instances !== undefined };
}

function readTakeover(record: unknown): Takeover | undefined {
  const time = at(record, 'time');
  const mark = textAt(record, 'mark');
  if (typeof time !== 'number' || mark === undefined) return undefined;
  const messageId = idAt(record, 'messageId');
  const moment = { time, messageId, isMessage: messageId !== undefined };
  return { moment, sessionId: idAt(record, 'sessionId'), mark };
}
