import assert from 'node:assert/strict';
import { seededRandom } from '../unit/core/random';
import { killPoints, openLane, type KillPoint, type Lane, type RoundOutcome } from './lane';

/** `npm run test:faults` runs all of them, `npm test` some. */
const isFull = process.env.BITLANE_FAULTS === 'full';
const roundsEach = isFull ? 20 : 2;
const laneCount = isFull ? 3 : 2;
const seed = Number(process.env.BITLANE_SEED ?? 20_261_121);

describe(`Node-RED killed ${roundsEach} times at each of ${killPoints.length} points (seed ${seed})`, function () {
  this.timeout(9 * 60_000);
  const outcomes = new Map<KillPoint, RoundOutcome[]>(killPoints.map((point) => [point, []]));

  before('the rounds', async () => {
    const rounds = killPoints.flatMap((point) => Array.from({ length: roundsEach }, () => point));
    const lanes = await Promise.all(Array.from({ length: laneCount }, openLane));
    try {
      await Promise.all(lanes.map((lane, place) => work(lane, seededRandom(seed + place), rounds)));
    } finally {
      await Promise.all(lanes.map((lane) => lane.stop()));
    }
  });

  async function work(lane: Lane, random: () => number, rounds: KillPoint[]): Promise<void> {
    for (let point = rounds.shift(); point !== undefined; point = rounds.shift()) {
      outcomes.get(point)?.push(await lane.round(point, random));
    }
  }

  const sum = (point: KillPoint, of: keyof RoundOutcome): number =>
    (outcomes.get(point) ?? []).reduce((total, outcome) => total + outcome[of], 0);

  for (const point of killPoints) {
    it(`${point}: no event is lost, and no reply doubled that could be known of`, () => {
      assert.equal(outcomes.get(point)?.length, roundsEach);
      assert.equal(sum(point, 'lost'), 0);
      const mayDouble = point === 'between the send and its record' ? roundsEach : 0;
      assert.ok(sum(point, 'doubled') <= mayDouble, `${sum(point, 'doubled')} doubled`);
    });
  }

  after(() => {
    if (!isFull) return;
    for (const point of killPoints) {
      console.log(
        `  ${point}: ${sum(point, 'accepted')} events, ${sum(point, 'lost')} lost, ${sum(point, 'doubled')} doubled`,
      );
    }
  });
});
