/**
 * A disk whose fsync takes 20 ms longer: how long the event loop is kept from its turn while events come at a steady pace,
 * beside the hand-wired flow of the same process without the pack, which keeps nothing on disk. The fsync is slowed by a
 * preload of both processes (support/probe.cjs), which delays what the true call answers; the journal waits for that before
 * it says 200. The delay is the event loop's own, sampled every millisecond.
 *
 *   npm run build && npx tsx bench/12-slow-fsync.ts
 */
import { onTheScene } from './support/on-the-scene';
import { probeOf, withProbe, type Probe } from './support/probe';
import { answer, atMost, interleaved, median, percentile, shortly, type Row } from './support/question';
import type { Scene, Way } from './support/scene';

const rounds = 3;
const pace = { events: 140, dialogs: 50, perSecond: 100 };
const warmUp = { events: 1000, dialogs: 50, width: 32 };
const fsyncMs = 20;
const botMs = 50;

interface Figures {
  delayMs: number;
  ackMs: number;
}

async function measure(scene: Scene): Promise<Row[]> {
  const nodeOptions = withProbe;
  const starting = [scene.ours({ nodeOptions }), scene.handWired({ nodeOptions })] as const;
  const [ours, handWired] = await Promise.all(starting);
  const probes = { ours: probeOf(ours), handWired: probeOf(handWired) };
  await scene.botTakes(botMs);
  for (const way of [ours, handWired]) await scene.load(way, warmUp);
  await probes.handWired.slowFsync(fsyncMs);
  const figures = await interleaved(rounds, {
    plain: () => run(scene, ours, probes.ours, 0),
    slow: () => run(scene, ours, probes.ours, fsyncMs),
    without: () => run(scene, handWired, probes.handWired, fsyncMs),
  });
  const delay = (all: readonly Figures[]): number => median(all.map(({ delayMs }) => delayMs));
  const slow = delay(figures.slow);
  const shown = (ms: number, words: string): string => `${shortly(ms)} ms ${words}`;
  return [
    {
      what: `event loop delay p99, fsync + ${fsyncMs} ms`,
      ours: shown(slow, ''),
      beside: shown(delay(figures.without), 'without the pack'),
      value: slow / delay(figures.without),
      unit: ' x',
      goal: atMost(2),
    },
    {
      what: 'the same, beside the fsync as it is',
      ours: shown(slow, ''),
      beside: shown(delay(figures.plain), ''),
      value: slow / delay(figures.plain),
      unit: ' x',
    },
    {
      what: 'acknowledgement, median',
      ours: shown(median(figures.slow.map(({ ackMs }) => ackMs)), ''),
      beside: shown(median(figures.plain.map(({ ackMs }) => ackMs)), 'with the fsync as it is'),
      value: median(figures.slow.map(({ ackMs }) => ackMs)) - median(figures.plain.map(({ ackMs }) => ackMs)),
      unit: ' ms more',
    },
  ];
}

async function run(scene: Scene, way: Way, probe: Probe, slowness: number): Promise<Figures> {
  await probe.slowFsync(slowness);
  await probe.delayMs();
  const { ackMs } = await scene.load(way, pace);
  return { delayMs: await probe.delayMs(), ackMs: percentile(ackMs, 0.5) };
}

answer(12, 'An fsync that takes 20 ms longer', () => onTheScene(measure));
