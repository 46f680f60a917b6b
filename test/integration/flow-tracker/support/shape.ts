import type { Chain } from './build-flow';

/**
 * exact: the end came by report, after the last effect. late: after the last effect, and after a wait for silence.
 * early: an effect came after the end. limit: nothing but the time limit ended it.
 */
export type Verdict = 'exact' | 'late' | 'early' | 'limit' | 'lost';

export interface Shape {
  name: string;
  expect: Verdict;
  /** What the outcome says where the limit has not to decide. */
  how: 'finished' | 'failed';
  chains: readonly Chain[];
  whole?: readonly object[];
  /** Messages sent one after the other in one turn, each tracked on its own. */
  messages: readonly object[];
  /** How often the end of the flow is reached, for each message. */
  effects: number;
  /** Verdicts of the single messages, when they differ. */
  each?: readonly Verdict[];
  /** What the outcomes of the single messages say, when they differ. */
  hows?: readonly ('finished' | 'failed')[];
  /** Types that the outcome of a flow that ended by the limit must name. */
  openTypes?: readonly string[];
}

export type ShapeExtras = Partial<Omit<Shape, 'name' | 'expect' | 'chains'>>;

export function shape(
  name: string,
  expect: Verdict,
  chains: readonly Chain[],
  extras: ShapeExtras = {},
): Shape {
  return { name, expect, how: 'finished', chains, messages: [{ payload: 'x' }], effects: 1, ...extras };
}
