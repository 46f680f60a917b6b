import { startTimer, type Clock } from '../../../lib/core/clock';
import type { StoreSource } from '../../../lib/store/store';
import { isAfter, type Moment } from './spoken-moment';
import { lastTakeover, type Takeover } from './taken-record';

export interface TakenElsewhere {
  /** Looks once: whether a person has taken the dialog since it was asked. */
  isTaken(): Promise<boolean>;
  /**
   * Looks every few seconds and calls back when it is so; the function that comes back ends it. Undefined where nobody
   * else has the store open, as far as the looks until now have told: whom this process tells it knows by itself.
   */
  watch(onTaken: () => void): (() => void) | undefined;
}

export interface AskedThere {
  readonly dialog: string;
  readonly sessionId: number | undefined;
  /** When what is answered was said. */
  readonly moment: Moment;
  /** The messages that are answered. */
  readonly messages: readonly number[];
}

const lookAgainMs = 2000;
/** So far the clocks of two processes may be apart; only where it was no message that was said. */
const skewMs = 5000;

/** Learns of take-overs of which other processes were told. While the store is away nobody is found to have taken it. */
export function takenElsewhere(open: StoreSource, asked: AskedThere, clock: Clock): TakenElsewhere {
  const { dialog, sessionId } = asked;
  /** What lay there at the first look that succeeded. */
  let seen: { mark: string | undefined } | undefined;
  let isShared = true;

  function isBehind({ moment, mark }: Takeover): boolean {
    if (seen === undefined) return isAfter(moment, asked.moment);
    // Told since the work began, even when it was said before. The word of the very event that is answered may come late.
    return mark !== seen.mark && !isOwnWord(asked, moment);
  }

  async function isTaken(): Promise<boolean> {
    const look = await lastTakeover(open, dialog, clock);
    if (!look) return false;
    const { last } = look;
    isShared = look.isShared;
    const isOver = last !== undefined && isSameSession(sessionId, last.sessionId) && isBehind(last);
    if (!isOver) seen = { mark: last?.mark };
    return isOver;
  }

  return {
    isTaken,
    watch(onTaken) {
      if (!isShared) return undefined;
      let cancel: (() => void) | undefined;
      const lookLater = (): void => {
        cancel = startTimer(clock, lookAgainMs, () => {
          look().catch(() => undefined);
        });
      };
      const look = async (): Promise<void> => {
        if (await isTaken()) onTaken();
        else if (cancel) lookLater();
      };
      lookLater();
      return () => {
        cancel?.();
        cancel = undefined;
      };
    },
  };
}

function isOwnWord({ messages, moment }: AskedThere, { time, messageId }: Moment): boolean {
  if (messageId !== undefined && moment.isMessage) return messages.includes(messageId);
  return time <= moment.time - skewMs || time === moment.time;
}

/** Where one of them is not told, nothing speaks against it. */
export function isSameSession(one: number | undefined, other: number | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}
