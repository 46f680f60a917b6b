/**
 * A whole event, from the portal's post to the reply: ours beside the flow an integrator would wire by hand (H) and a bare
 * Node bridge (B), which keep neither events nor order. All talk to the same stand-ins for Typebot and the portal, one call
 * to the bot and one reply to the portal each. Ours is the shipped Typebot flow with its store on disk. Three settings differ:
 * `maxDialogs`, `typing` (the references send no mark), and the portal's limits, which are those of a server of one's own:
 * H and B keep to none.
 *
 * 1: the bot answers at once, 64 events in flight; then each at half of its own capacity, in an open loop, for the latencies.
 *
 * 2 000 dialogs wait for a bot that takes 2 s. 2: how long the portal waits for its 200, which ours gives when the event is
 * on disk. 3: how long a person waits for the answer. One event of each dialog, spread over the 2 s that the bot takes, so
 * that in the end all of them wait for it: no fewer than 1 000 a second keep so many waiting. Where that is more than a flow
 * can answer, question 2 shows a burst that is taken in at once, and question 3 its queue. Each dialog begins its
 * conversation. Latencies count from when the event was due.
 *
 *   npm run build && npx tsx bench/01-03-whole-event.ts
 */
import { compared, onTheScene, rounds, type Rounds } from './support/on-the-scene';
import { answer, atLeast, atMost, median, percentile, shortly, type Row } from './support/question';
import type { Measured, Scene, Way } from './support/scene';

type Name = 'ours' | 'H' | 'B';

interface Figures {
  readonly atOnce: Rounds<Name>;
  readonly atHalf: Record<Name, Measured>;
  readonly waiting: Rounds<Name>;
}

const load = { width: 64, dialogs: 500 };
const warmUp = 2000;
const roundMs = 1200;
const latencyMs = 1200;
const waiting = 2000;
const botMs = 2000;

const measured = onTheScene(measure);

async function measure(scene: Scene): Promise<Figures> {
  const starting = [scene.ours({ maxDialogs: 2 * waiting }), scene.handWired(), scene.bridge()] as const;
  const [ours, H, B] = await Promise.all(starting);
  const ways = { ours, H, B };
  await rounds(scene, ways, { events: warmUp, ...load }, 1);
  const atOnce = await rounds(scene, ways, { forMs: roundMs, ...load });
  const atHalf = await halfLoaded(scene, ways, atOnce);
  await scene.botTakes(botMs);
  const whileWaiting = await rounds(scene, ways, (round) => ({
    events: waiting,
    dialogs: waiting,
    firstDialog: load.dialogs + round * waiting,
    perSecond: (waiting * 1000) / botMs,
  }));
  return { atOnce, atHalf, waiting: whileWaiting };
}

async function halfLoaded(
  scene: Scene,
  ways: Record<Name, Way>,
  atOnce: Rounds<Name>,
): Promise<Record<Name, Measured>> {
  const atHalf = async (name: Name): Promise<Measured> => {
    const perSecond = Math.floor(median(atOnce[name].map((one) => one.perSecond)) / 2);
    const events = Math.ceil((perSecond * latencyMs) / 1000);
    return scene.load(ways[name], { perSecond, events, dialogs: load.dialogs });
  };
  return { ours: await atHalf('ours'), H: await atHalf('H'), B: await atHalf('B') };
}

answer(1, 'A whole event, the bot answers at once, 64 in flight', async () => {
  const { atOnce, atHalf } = await measured;
  const { ours, H, B } = atOnce;
  const speed = { unit: 'events/s', ours, figure: ({ perSecond }: Measured) => perSecond };
  const cpu = { unit: 'µs', ours, figure: ({ cpuMicros }: Measured) => cpuMicros };
  return [
    compared({ what: 'events/s beside H', ...speed, beside: H, goal: atLeast(4) }),
    compared({ what: 'events/s beside B', ...speed, beside: B, goal: atLeast(0.55) }),
    compared({ what: 'CPU per event beside H', ...cpu, beside: H, goal: atMost(0.25) }),
    compared({ what: 'CPU per event beside B', ...cpu, beside: B, goal: atMost(1.8) }),
    latencies(atHalf, 'H'),
    latencies(atHalf, 'B'),
  ];
});

function latencies(atHalf: Record<Name, Measured>, name: 'H' | 'B'): Row {
  const told = ({ wholeMs }: Measured): string =>
    [0.5, 0.99].map((share) => `${shortly(percentile(wholeMs, share))} ms`).join(' / ');
  return {
    what: `whole event at half of its capacity, median / p99, p99 beside ${name}`,
    ours: told(atHalf.ours),
    beside: told(atHalf[name]),
    value: percentile(atHalf.ours.wholeMs, 0.99) / percentile(atHalf[name].wholeMs, 0.99),
    unit: ' x',
  };
}

answer(2, '2 000 dialogs wait on a bot that takes 2 s: acknowledgement', async () => {
  const { ours, H } = (await measured).waiting;
  const at = (share: number) => ({
    ...{ unit: 'ms', ours, beside: H },
    figure: ({ ackMs }: Measured) => percentile(ackMs, share),
  });
  return [
    compared({ what: 'p99 beside H', ...at(0.99), goal: atMost(1 / 50) }),
    compared({ what: 'median beside H', ...at(0.5) }),
    {
      what: 'posts that had to be repeated',
      ours: String(repeatsOf(ours)),
      beside: String(repeatsOf(H)),
      value: repeatsOf(ours),
    },
  ];
});

answer(3, '2 000 dialogs wait on a bot that takes 2 s: end to end', async () => {
  const { ours, H, B } = (await measured).waiting;
  const at = (share: number) => ({
    ...{ unit: 'ms', ours },
    figure: ({ wholeMs }: Measured) => percentile(wholeMs, share),
  });
  return [
    compared({ what: 'p99 beside B', ...at(0.99), beside: B, goal: atMost(1.15) }),
    compared({ what: 'median beside B', ...at(0.5), beside: B }),
    compared({ what: 'p99 beside H', ...at(0.99), beside: H }),
  ];
});

function repeatsOf(figures: readonly Measured[]): number {
  return figures.reduce((total, { repeats }) => total + repeats, 0);
}
