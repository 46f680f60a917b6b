import type { Kill } from './killer';
import { share, type Reply, type Verdict } from './replies';
import type { Post, SaidEvent } from './traffic';

export interface Run {
  said: readonly SaidEvent[];
  replies: readonly Reply[];
  verdict: Verdict;
  kills: readonly Kill[];
  posts: readonly Post[];
  patterns: ReadonlyMap<string, number>;
  times: { said: number; all: number };
}

/** From each kill to the answer of what was in hand then, in milliseconds, sorted. */
export function takeovers(kills: readonly Kill[], replies: readonly Reply[]): number[] {
  const first = new Map<string, number>();
  for (const { text, at } of replies) if (!first.has(text)) first.set(text, at);
  const times = kills.flatMap(({ at, inHand }) =>
    [...inHand].flatMap((text) => {
      const answeredAt = first.get(text);
      return answeredAt === undefined || answeredAt < at ? [] : [answeredAt - at];
    }),
  );
  return times.sort((left, right) => left - right);
}

export function printRun({ said, replies, verdict, kills, posts, patterns, times }: Run): void {
  const { lost, outOfOrder, doubled, waits } = verdict;
  const waited = takeovers(kills, replies);
  const inHand = kills.reduce((sum, kill) => sum + kill.inHand.size, 0);
  const unrecorded = kills.reduce((sum, kill) => sum + kill.unrecorded.size, 0);
  const lines = [
    `${said.length} events said in ${seconds(times.said)}, all quiet after ${seconds(times.all)}`,
    `${kills.length} kills (${kills.map(({ instance }) => instance).join(' ')}), ${inHand} events in hand, ` +
      `${unrecorded} without a record`,
    `${lost.length} lost, ${outOfOrder.length} out of order, ${doubled.length} answered twice`,
    `the portal was answered ${answersIn(posts)}`,
    `200 to answer: median ${seconds(share(waits, 0.5))}, p99 ${seconds(share(waits, 0.99))}, longest ${seconds(share(waits, 1))}`,
    `kill to answer of what was in hand: median ${seconds(share(waited, 0.5))}, longest ${seconds(share(waited, 1))}`,
    `keys left: ${[...patterns].map(([pattern, count]) => `${pattern} ${count}`).join(', ')}`,
  ];
  for (const line of lines) console.log(`    ${line}`);
}

/** How often each status was answered. */
export function answersIn(posts: readonly Post[]): string {
  const counts = new Map<number, number>();
  for (const { status } of posts) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status === 0 ? 'late' : status}: ${count}`).join(', ');
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
