import assert from 'node:assert/strict';
import { answering, openHouse, type House } from '../../faults/instances/house';
import { describeOutcome, live, type Outcome, type Trouble } from './trouble';

/** `npm run test:faults` and whoever wants the figures have them printed. */
const isPrinting = process.env.BITLANE_FIGURES !== undefined;
/** A fault that repeats must not fill the disk with its own news. */
const mostLogLines = 200;

/** Two Node-RED on this Redis, for the tests of one `describe`. */
export function useTrouble(redisUrl: () => string): (trouble: Trouble) => Promise<Outcome> {
  let house: House | undefined;
  const outcomes: Outcome[] = [];
  before(async () => {
    house = await openHouse({ instances: 2, redisUrl: redisUrl(), func: answering(5, 60) });
  });
  after(async () => {
    await house?.stop();
    if (isPrinting) for (const outcome of outcomes) console.log(`    ${describeOutcome(outcome)}`);
  });
  return async (trouble) => {
    const outcome = await live(house ?? assert.fail('nobody is there'), trouble);
    outcomes.push(outcome);
    return outcome;
  };
}

/** Nothing lost, nothing twice, all in order, and everybody heard. How long a post took is a figure: machines differ. */
export function assertPromise(outcome: Outcome): void {
  const { verdict, takenAgainMs, answeredAgainMs, logLines } = outcome;
  const line = describeOutcome(outcome);
  const { lost, doubled, outOfOrder } = verdict;
  assert.deepEqual({ lost, doubled, outOfOrder }, { lost: [], doubled: [], outOfOrder: [] }, line);
  assertGoesOn(outcome);
  assert.ok(Number.isFinite(takenAgainMs) && Number.isFinite(answeredAgainMs), line);
  assert.ok(logLines <= mostLogLines, line);
}

/** All who wrote were heard in the end. */
export function assertGoesOn(outcome: Outcome): void {
  const givenUp = outcome.said.filter(({ acceptedAt }) => acceptedAt === undefined);
  assert.deepEqual(givenUp, [], describeOutcome(outcome));
}
