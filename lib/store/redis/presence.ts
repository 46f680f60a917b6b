import type { RedisDesk } from './desk';
import type { Heard } from './roll-call';
import type { TimeAnswer } from './server-clock';
import { asList, asNumber, asText, groupsOf } from './replies';
import { runOnQueue } from './queues';
import { scripts } from './scripts';

/**
 * Each open store says again and again that it is there. One that has been silent for `deadAfterMs`, by the clock of
 * the one who watches and while every look succeeded, is dead: its claims become free before their time. After an
 * outage of Redis all are watched anew, because all were silent then.
 */
export interface Presence {
  /** Says that we are there, looks after the others, and frees what the dead have left. Gives what was heard. */
  beat(): Promise<Heard & TimeAnswer>;
  /** See `Store.attendedForMs`. */
  attendedForMs(): number | undefined;
  /** We go: our claims are free, and what we hold. */
  leave(queues: readonly string[]): Promise<void>;
}

export interface PresenceOptions {
  monotonic: () => number;
  deadAfterMs: number;
}

export function createPresence(desk: RedisDesk, { monotonic, deadAfterMs }: PresenceOptions): Presence {
  const { link, names, instance, life, shiftMs, clock } = desk;
  const openedAt = monotonic();
  /** As of `at`, by our own clock. */
  let attended: { forMs: number; at: number } | undefined;
  const watched = new Map<string, { beats: string; since: number }>();

  const look = async (): Promise<Heard & TimeAnswer & { all: Map<string, string> }> => {
    try {
      const [from, askedAt] = [monotonic(), clock.now()];
      const args = [shiftMs(), instance, Math.round(from - openedAt), deadAfterMs];
      const keys = [names.beats, names.attendance, names.moved];
      const reply = await life.sign(() => link.run(scripts.beat, keys, args));
      const heardAt = clock.now();
      const [forMs, silent, time, question, answered, ...all] = asList(reply);
      attended = asNumber(silent) > 0 ? undefined : { forMs: asNumber(forMs), at: from };
      return {
        ...{ askedAt, heardAt, time: asNumber(time) },
        ...{ question: asNumber(question), answered: asNumber(answered) },
        all: new Map([...groupsOf(all, 2)].map(([other, beats]) => [String(other), String(beats)])),
      };
    } catch (thrown) {
      watched.clear();
      attended = undefined;
      throw thrown;
    }
  };

  const free = (queue: string, who: string, beats: string): Promise<unknown> =>
    runOnQueue(desk, scripts.free, queue, [who, beats], [names.beats]);

  const dismiss = (who: string, beats: string): Promise<unknown> =>
    link.run(scripts.dismiss, [names.beats, names.holds, names.attendance, names.moved], [who, beats]);

  const bringOutTheDead = async (who: string, beats: string): Promise<void> => {
    const claimed = asList(await link.call('ZRANGE', names.claims, 0, -1));
    for (const queue of claimed) await free(String(queue), who, beats);
    await dismiss(who, beats);
    watched.delete(who);
  };

  return {
    async beat() {
      const { all, ...heard } = await look();
      const now = monotonic();
      for (const who of watched.keys()) if (!all.has(who)) watched.delete(who);
      for (const [who, beats] of all) {
        if (who === instance) continue;
        const seen = watched.get(who);
        if (seen?.beats !== beats) watched.set(who, { beats, since: now });
        else if (now - seen.since >= deadAfterMs) await bringOutTheDead(who, beats);
      }
      return heard;
    },
    attendedForMs: () => attended && attended.forMs + monotonic() - attended.at,
    async leave(queues) {
      for (const queue of queues) await free(queue, instance, '');
      await dismiss(instance, '');
    },
  };
}

const lettersPerRound = 200;

/** Dead letters have a time to live, but no key of their own that Redis could end. */
export async function sweepLetters(desk: RedisDesk): Promise<void> {
  const { link, names, shiftMs } = desk;
  for (;;) {
    const over = asList(await link.run(scripts.overdue, [names.deadEnds], [shiftMs(), lettersPerRound]));
    for (const member of over) {
      const [, id = '', queue = ''] = /^([^:]*):(.*)$/s.exec(asText(member) ?? '') ?? [];
      await runOnQueue(desk, scripts.forget, queue, [id]);
    }
    if (over.length < lettersPerRound) return;
  }
}
