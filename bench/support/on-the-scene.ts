/** Opens a scene, has it measured, and ends all that was started, however it went. */
import { openScene, type Measured, type Scene, type Way } from './scene';
import { interleaved, median, shortly, type Goal, type Row } from './question';

export async function onTheScene<T>(measure: (scene: Scene) => Promise<T>): Promise<T> {
  const scene = await openScene();
  try {
    return await measure(scene);
  } finally {
    await scene.stop();
  }
}

export type Rounds<Name extends string> = Record<Name, Measured[]>;

/** Some events first, which nobody counts: what runs for the first time is slow in all of them. */
export async function rounds<Name extends string>(
  scene: Scene,
  ways: Readonly<Record<Name, Way>>,
  load: Parameters<Scene['load']>[1] | ((round: number) => Parameters<Scene['load']>[1]),
  count = 3,
): Promise<Rounds<Name>> {
  const loadOf = typeof load === 'function' ? load : () => load;
  const names = Object.keys(ways) as Name[];
  const each = names.map((name) => [name, (round: number) => scene.load(ways[name], loadOf(round))] as const);
  return interleaved(count, Object.fromEntries(each) as Record<Name, (round: number) => Promise<Measured>>);
}

export interface Compared {
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly Measured[];
  readonly beside: readonly Measured[];
  readonly figure: (measured: Measured) => number;
  readonly goal?: Goal;
}

/** The medians of both, and how many times the one is the other. */
export function compared({ what, unit, ours, beside, figure, goal }: Compared): Row {
  const own = median(ours.map(figure));
  const other = median(beside.map(figure));
  const row = { what, ours: `${shortly(own)} ${unit}`, beside: `${shortly(other)} ${unit}` };
  return { ...row, value: own / other, unit: ' x', ...(goal && { goal }) };
}
