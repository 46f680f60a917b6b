/**
 * Memory of dialogs. First the same number of events comes to two processes, in one from 10 000 dialogs, in the other from
 * 100: what is held by the dialogs that have been answered, and what the system has given to either process. What is kept
 * for a day of every event that was answered, against its repetition, falls to both alike. Then 1 000 new dialogs wait for
 * a bot that keeps its answers back, all of them at the bot (`maxDialogs` lets them), with all that a flow under way holds, the
 * connections included. What is held is counted after a collection of garbage.
 *
 *   npm run build && npx tsx bench/07-memory.ts
 */
import { onTheScene } from './support/on-the-scene';
import { probeOf, withProbe, type Memory } from './support/probe';
import { answer, atMost, type Row } from './support/question';
import type { Scene } from './support/scene';

const events = 10_000;
const [many, few] = [10_000, 100];
const atOnce = 64;
const waiting = 1000;
const arrivalMs = 2000;

interface Held {
  idle: Memory;
  whileOthersWait?: Memory;
}

async function measure(): Promise<Row[]> {
  // Each with its own portal and bot, so that they can be filled side by side.
  const [ofMany, ofFew] = await Promise.all([
    onTheScene((scene) => fill(scene, many)),
    onTheScene((scene) => fill(scene, few)),
  ]);
  const { whileOthersWait = ofFew.idle } = ofFew;
  return [
    {
      what: 'held by a dialog that waits for its bot',
      ours: megabytes(whileOthersWait.held, `with ${waiting} waiting`),
      beside: megabytes(ofFew.idle.held, 'before'),
      value: (whileOthersWait.held - ofFew.idle.held) / waiting / 1000,
      unit: ' KB',
      goal: atMost(20),
    },
    {
      what: 'held by an idle dialog',
      ours: megabytes(ofMany.idle.held, `after ${events} events of ${many} dialogs`),
      beside: megabytes(ofFew.idle.held, `of ${few}`),
      value: (ofMany.idle.held - ofFew.idle.held) / (many - few) / 1000,
      unit: ' KB',
      goal: atMost(1),
    },
    {
      what: `RSS with ${many} dialogs beside ${few}`,
      ours: megabytes(ofMany.idle.rss),
      beside: megabytes(ofFew.idle.rss),
      value: ofMany.idle.rss / ofFew.idle.rss,
      unit: ' x',
      goal: atMost(1.3),
    },
  ];
}

async function fill(scene: Scene, dialogs: number): Promise<Held> {
  const way = await scene.ours({ nodeOptions: withProbe, maxDialogs: waiting });
  const probe = probeOf(way);
  await scene.load(way, { events, dialogs, width: atOnce });
  const idle = await probe.memory();
  if (dialogs === many) return { idle };
  await scene.botHolds();
  const arrivals = { events: waiting, dialogs: waiting, firstDialog: many };
  const answered = scene.load(way, { ...arrivals, perSecond: (waiting * 1000) / arrivalMs });
  const whileOthersWait = await scene.whileHeld(waiting, () => probe.memory());
  await answered;
  return { idle, whileOthersWait };
}

const megabytes = (bytes: number, words = ''): string => `${(bytes / 1e6).toFixed(1)} MB ${words}`.trim();

answer(7, 'Memory of waiting and idle dialogs', measure);
