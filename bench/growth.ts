/**
 * What an event costs as the number of dialogs grows: 10, 1 000, 10 000, each of which has had its first event before.
 * Processor time of the whole Node-RED, with a bot that answers at once and 10 events in flight. The numbers of dialogs
 * take turns in one process, so that its age falls on all alike. Takes some minutes, so it is none of the questions.
 *
 *   npm run build && npx tsx bench/growth.ts [--draw]
 */
import { onTheScene } from './support/on-the-scene';
import { writePlot } from './support/plot';
import { interleaved, median, shortly } from './support/question';
import type { Scene } from './support/scene';

const numbers = [10, 1000, 10_000] as const;
const width = 10;
const events = 1500;
const rounds = 5;

async function measure(scene: Scene): Promise<void> {
  const way = await scene.ours({ maxDialogs: 100 });
  const firstOf = (dialogs: number): number => dialogs * 10;
  for (const dialogs of numbers) {
    await scene.load(way, { events: dialogs, width, dialogs, firstDialog: firstOf(dialogs) });
  }
  const ways = Object.fromEntries(
    numbers.map((dialogs) => [
      String(dialogs),
      () => scene.load(way, { events, width, dialogs, firstDialog: firstOf(dialogs) }),
    ]),
  );
  const figures = await interleaved(rounds, ways);
  const costs = numbers.map((dialogs) => (figures[String(dialogs)] ?? []).map(({ cpuMicros }) => cpuMicros));
  const least = median(costs[0] ?? []);
  numbers.forEach((dialogs, place) => {
    const own = costs[place] ?? [];
    const spread = `${shortly(Math.min(...own))} to ${shortly(Math.max(...own))}`;
    const beside = (median(own) / least).toFixed(2);
    console.log(
      `${dialogs} dialogs: ${shortly(median(own))} µs per event (${spread}), ${beside} x of ${numbers[0]}`,
    );
  });
  if (process.argv.includes('--draw')) console.log(`drawn: docs/${draw(costs.map(median))}`);
}

function draw(costs: readonly number[]): string {
  return writePlot('growth-dialogs', {
    title: 'What a whole event costs as the number of dialogs grows',
    x: 'dialogs',
    y: 'microseconds of the processor',
    isLogarithmic: true,
    lines: [{ name: 'processor', points: numbers.map((dialogs, place) => [dialogs, costs[place] ?? 0]) }],
  });
}

onTheScene(measure).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
