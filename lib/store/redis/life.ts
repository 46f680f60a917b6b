/** What the others have heard of us, so that they cannot have taken us for dead. */
export interface Life {
  /** Does what the others take for a sign of life. */
  sign<T>(give: () => Promise<T>): Promise<T>;
  /** Another one each time when we were silent for so long that others may have taken over what was ours until then. */
  stretch(): number;
  /** False while we are silent for too long. */
  isRecent(): boolean;
  /**
   * How often this process stood still so long that it did not even try to give a sign. In an outage all are silent and
   * well; one that stood still was silent alone.
   */
  standstills(): number;
}

export interface LifeOptions {
  /** After so long without a sign the others take us for dead. */
  deadAfterMs: number;
  /** Milliseconds that are never set back. They may stand still while a machine sleeps. */
  monotonic: () => number;
  now: () => number;
}

interface Moment {
  elapsed: number;
  at: number;
}

/** A sign counts from when it was given: its answer may have waited for a process that stood still. */
export function createLife({ deadAfterMs, monotonic, now }: LifeOptions): Life {
  let last: Moment | undefined;
  let tried: Moment | undefined;
  let stretch = 0;
  let standstills = 0;
  const isLong = (from: Moment, to: Moment): boolean =>
    Math.max(to.elapsed - from.elapsed, Math.abs(to.at - from.at)) >= deadAfterMs / 2;
  const moment = (): Moment => ({ elapsed: monotonic(), at: now() });

  return {
    async sign(give) {
      const given = moment();
      if (tried && isLong(tried, given)) standstills += 1;
      tried = given;
      const answer = await give();
      if (last && isLong(last, given)) stretch += 1;
      if (!last || last.elapsed <= given.elapsed) last = given;
      return answer;
    },
    stretch: () => stretch,
    standstills: () => standstills + Number(tried !== undefined && isLong(tried, moment())),
    isRecent: () => last !== undefined && !isLong(last, moment()),
  };
}
