/**
 * 5. Intake alone: events that are verified, decoded, checked against repetition and on disk by an fsync before their
 * 200, beside Node-RED's `http in -> http response` (N), which parses the same bodies and keeps nothing. 64 in flight.
 * Ours hands one event to a flow that never ends, so that all others stay in the store.
 *
 *   npm run build && npx tsx bench/05-intake.ts
 */
import { compared, onTheScene, rounds } from './support/on-the-scene';
import { answer, atLeast, percentile } from './support/question';
import type { Measured } from './support/scene';

const load = { forMs: 1500, width: 64, dialogs: 500, untilAck: true };

answer(5, 'Intake alone: verified, decoded, stored with fsync, 200', () =>
  onTheScene(async (scene) => {
    const [own, plain] = await Promise.all([scene.ours({ isOnlyTaken: true }), scene.plainNodeRed()]);
    const ways = { ours: own, N: plain };
    await rounds(scene, ways, { ...load, forMs: 2000 }, 1);
    const { ours, N } = await rounds(scene, ways, load);
    const both = { ours, beside: N };
    return [
      compared({
        ...{ what: 'requests/s beside N', unit: 'requests/s', ...both },
        figure: ({ perSecond }: Measured) => perSecond,
        goal: atLeast(3),
      }),
      compared({
        ...{ what: 'CPU per request beside N', unit: 'µs', ...both },
        figure: ({ cpuMicros }: Measured) => cpuMicros,
      }),
      compared({
        ...{ what: 'acknowledgement p99 beside N', unit: 'ms', ...both },
        figure: ({ ackMs }: Measured) => percentile(ackMs, 0.99),
      }),
    ];
  }),
);
