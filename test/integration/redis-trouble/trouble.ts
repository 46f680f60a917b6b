import { setTimeout as pause } from 'node:timers/promises';
import { answersIn, seconds } from '../../faults/instances/report';
import { judge, repliesOn, type Reply, type Verdict } from '../../faults/instances/replies';
import { listening, type House } from '../../faults/instances/house';
import { startTraffic, type Post, type SaidEvent, type Traffic } from '../../faults/instances/traffic';
import { until } from '../../support/until';

export interface Trouble {
  name: string;
  begin(): Promise<unknown>;
  /** Resolves when Redis could be used again. */
  end(): Promise<unknown>;
  lastsMs?: number;
  /** What was in Redis then is not waited for. */
  isLoss?: boolean;
}

export interface Outcome {
  name: string;
  said: readonly SaidEvent[];
  verdict: Verdict;
  /** The answers to what was posted while it lasted. */
  meanwhile: readonly Post[];
  slowestPostMs: number;
  /** From its end to the first 200, and to the first answer. */
  takenAgainMs: number;
  answeredAgainMs: number;
  /** What all instances wrote into their logs while it lasted. */
  logLines: number;
  /** Sent before it was over, and not answered when it began. */
  exposed: ReadonlySet<string>;
}

const dialogs = 12;
const perSecond = 40;
const usualMs = 2500;
const warmUpMs = 700;
const aftermathMs = 500;

/** People write before, during and after it, as fast as ever; the verdict is about all they wrote. */
export async function live(house: House, trouble: Trouble): Promise<Outcome> {
  const from = house.portal.state.nextId('message');
  let isOver = false;
  const traffic = startTraffic(house.portal, house.bot, house.eventsUrl, {
    ...{ dialogs, messagesEach: Infinity, perSecond, isOver: () => isOver },
  });
  const repliesNow = (): Reply[] => repliesOn(house.portal, from);
  const written = (): number =>
    house.instances.reduce((sum, { log }) => sum + (log().match(/\n(?!.*in hand:)/g)?.length ?? 0), 0);
  await pause(warmUpMs);

  const answeredBefore = new Set(repliesNow().map(({ text }) => text));
  const linesBefore = written();
  const beganAt = Date.now();
  await trouble.begin();
  await pause(trouble.lastsMs ?? usualMs);
  await trouble.end();
  const endedAt = Date.now();
  const logLines = written() - linesBefore;

  const taken = (): Post | undefined =>
    traffic.posts.find((post) => post.status === 200 && post.at + post.ms > endedAt);
  const answered = (): Reply | undefined => repliesNow().find(({ at }) => at > endedAt);
  await until(() => taken() !== undefined && answered() !== undefined, 'work to go on').catch(
    () => undefined,
  );
  await pause(aftermathMs);
  isOver = true;
  await traffic.done;
  const sent = traffic.said.filter(({ postedAt }) => postedAt <= endedAt).map(({ text }) => text);
  const exposed = new Set(sent.filter((text) => !answeredBefore.has(text)));
  const isWaitedFor = (text: string): boolean => trouble.isLoss !== true || !exposed.has(text);
  const isAllAnswered = (): boolean => !unanswered(traffic, repliesNow()).some(isWaitedFor);
  await until(isAllAnswered, 'all answers').catch(() => undefined);
  await Promise.all(house.instances.map(listening));

  const meanwhile = traffic.posts.filter(({ at, ms }) => at + ms >= beganAt && at < endedAt);
  const firstTaken = taken();
  const verdict = judge(traffic.said, repliesNow());
  return {
    ...{ name: trouble.name, said: traffic.said, verdict, meanwhile, logLines, exposed },
    slowestPostMs: Math.max(0, ...traffic.posts.map(({ ms }) => ms)),
    takenAgainMs: firstTaken ? firstTaken.at + firstTaken.ms - endedAt : Infinity,
    answeredAgainMs: (answered()?.at ?? Infinity) - endedAt,
  };
}

function unanswered({ said }: Traffic, replies: readonly Reply[]): string[] {
  const answered = new Set(replies.map(({ text }) => text));
  const accepted = said.filter(({ acceptedAt }) => acceptedAt !== undefined);
  return accepted.map(({ text }) => text).filter((text) => !answered.has(text));
}

/** One line of the table in the documentation. */
export function describeOutcome(outcome: Outcome): string {
  const { name, said, verdict, meanwhile, slowestPostMs, takenAgainMs, answeredAgainMs, logLines } = outcome;
  return [
    name.padEnd(34),
    `${said.length} said`,
    `${verdict.lost.length} lost`,
    `${verdict.doubled.length} doubled`,
    `${verdict.outOfOrder.length} out of order`,
    `meanwhile ${answersIn(meanwhile)}`,
    `slowest ${seconds(slowestPostMs)}`,
    `taken again after ${seconds(takenAgainMs)}`,
    `answered again after ${seconds(answeredAgainMs)}`,
    `longest wait ${seconds(verdict.waits.at(-1) ?? 0)}`,
    `${logLines} log lines`,
  ].join('  ');
}
