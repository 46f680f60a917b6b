/**
 * 4. What the journal costs: whole events with a bot that takes 50 ms, 256 in flight, with the store on disk as it is
 * shipped, beside the same Node-RED whose journal writes nothing (bench/support/no-journal.cjs). Sealing, order,
 * dedupe and everything else are there in both.
 *
 * Settings that differ from the shipped flow: see bench/support/flows.ts.
 *
 *   npm run build && npx tsx bench/04-journal.ts
 */
import { join } from 'node:path';
import { compared, onTheScene, rounds } from './support/on-the-scene';
import { answer, atLeast } from './support/question';
import type { Measured } from './support/scene';

const width = 256;
const dialogs = 1000;
const warmUpMs = 2000;
const roundMs = 1500;
const botMs = 50;

answer(4, 'The journal on beside off, 256 in flight, the bot takes 50 ms', () =>
  onTheScene(async (scene) => {
    const withoutJournal = `--require=${join(__dirname, 'support/no-journal.cjs')}`;
    const ways = {
      on: await scene.ours({ maxDialogs: 2 * width }),
      off: await scene.ours({ maxDialogs: 2 * width, nodeOptions: [withoutJournal] }),
    };
    await rounds(scene, ways, { forMs: warmUpMs, width, dialogs }, 1);
    await scene.botTakes(botMs);
    const { on, off } = await rounds(scene, ways, { forMs: roundMs, width, dialogs });
    const both = { ours: on, beside: off };
    return [
      compared({
        ...{ what: 'events/s with the journal beside without', unit: 'events/s', ...both },
        figure: ({ perSecond }: Measured) => perSecond,
        goal: atLeast(0.85),
      }),
      compared({
        ...{ what: 'CPU per event', unit: 'µs', ...both },
        figure: ({ cpuMicros }: Measured) => cpuMicros,
      }),
    ];
  }),
);
