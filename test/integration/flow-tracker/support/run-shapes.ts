import { flowTrackerOf, type FlowOutcome } from '../../../../nodes/runtime/flow-tracker';
import { probeDesk, type Effect } from '../../../support/fixture-nodes/probe-desk';
import { until } from '../../../support/until';
import { buildFlow } from './build-flow';
import type { Shape, Verdict } from './shape';
import { shapes } from './shapes';
import type { TestNodeRed } from './start-node-red';

export interface ShapeResult {
  name: string;
  verdicts: Verdict[];
  expected: Verdict[];
  hows: string[];
  expectedHows: string[];
  openTypes: string[];
  /** From the last effect to the end, or from the start when there is none; of the last message. */
  ms: number;
  sawLateSend: boolean;
}

interface Ended {
  outcome: FlowOutcome;
  at: number;
}

/** Every shape of the table at work at the same time: what belongs to whom is part of the question. */
export async function runShapes(nodeRed: TestNodeRed): Promise<ShapeResult[]> {
  const flows = shapes.flatMap((shape, place) => buildFlow(prefixOf(place), shape.name, shape));
  await nodeRed.deploy(fillIn(flows, nodeRed));
  return Promise.all(shapes.map((shape, place) => runShape(nodeRed, shape, prefixOf(place))));
}

const prefixOf = (place: number): string => `s${place}-`;

function fillIn(flows: object[], { url, userDir }: TestNodeRed): object[] {
  const parsed: unknown = JSON.parse(
    JSON.stringify(flows).replaceAll('URL/', `${url}/`).replaceAll('DIR/', `${userDir}/`),
  );
  return Array.isArray(parsed) ? parsed.map((node: unknown) => Object(node) as object) : [];
}

async function runShape({ api }: TestNodeRed, shape: Shape, prefix: string): Promise<ShapeResult> {
  const tracker = flowTrackerOf(api);
  const source = probeDesk.sources.get(`${prefix}source`);
  const startedAt = performance.now();
  const ends: (Ended | undefined)[] = shape.messages.map(() => undefined);
  let sawLateSend = false;
  shape.messages.forEach((given, place) => {
    const message = { ...given, run: `${prefix}${place}` };
    tracker.track(message, {
      label: shape.name,
      timeoutMs: shape.expect === 'limit' ? 2_500 : 20_000,
      hardCapMs: 30_000,
      onEnd: (outcome) => void (ends[place] = { outcome, at: performance.now() }),
      onLateSend: () => void (sawLateSend = true),
    });
    source?.send(message);
  });
  await until(() => ends.every(Boolean), `the end of "${shape.name}"`);
  const effectsWanted = shape.effects * shape.messages.length;
  const seen = (): Effect[] => effectsOf(prefix);
  await until(() => seen().length >= effectsWanted, `the effects of "${shape.name}"`).catch(() => undefined);
  const expected = [...(shape.each ?? shape.messages.map(() => shape.expect))];
  const ended = ends.flatMap((end) => end ?? []);
  return {
    name: shape.name,
    verdicts: ended.map((end, place) =>
      judge(
        shape,
        end,
        seen().filter(({ run }) => isOf(run, prefix, place, shape)),
      ),
    ),
    expected,
    hows: ended.map(({ outcome }) => outcome.how),
    expectedHows: expected.map((verdict, place) =>
      verdict === 'limit' ? 'unknown' : (shape.hows?.[place] ?? shape.how),
    ),
    openTypes: ended.flatMap(({ outcome }) => (outcome.openNodes ?? []).map(({ type }) => type)),
    ms: (ended.at(-1)?.at ?? 0) - (seen().at(-1)?.at ?? startedAt),
    sawLateSend,
  };
}

/** Effects of messages that lost their name along the way carry only the shape's. */
const effectsOf = (prefix: string): Effect[] => probeDesk.effects.filter(({ run }) => run.startsWith(prefix));
const isOf = (run: string, prefix: string, place: number, shape: Shape): boolean =>
  run === `${prefix}${place}` || (run === prefix && shape.messages.length === 1);

function judge(shape: Shape, { outcome, at }: Ended, effects: readonly Effect[]): Verdict {
  if (outcome.by === 'limit') return 'limit';
  if (effects.length < shape.effects) return 'lost';
  if (effects.some((effect) => effect.at > at)) return 'early';
  return outcome.by === 'guess' ? 'late' : 'exact';
}
