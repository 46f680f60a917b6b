import assert from 'node:assert/strict';
import { seededRandom } from '../unit/core/random';
import { callKillPoints, type CallKillPoint } from './call-kill';
import { openCallLane, type CallLane, type CallRound } from './call-lane';

/** More of them take minutes. */
const roundsEach = Number(process.env.BITLANE_CALL_ROUNDS ?? 3);
const laneCount = 2;
const seed = Number(process.env.BITLANE_SEED ?? 20_261_121);

describe(`a call sync killed ${roundsEach} times at each of ${callKillPoints.length} points (seed ${seed})`, function () {
  this.timeout(30 * 60_000);
  const rounds = new Map<CallKillPoint, CallRound[]>(callKillPoints.map((point) => [point, []]));

  before('the rounds', async () => {
    const left = callKillPoints.flatMap((point) => Array.from({ length: roundsEach }, () => point));
    const lanes = await Promise.all(Array.from({ length: laneCount }, openCallLane));
    try {
      await Promise.all(lanes.map((lane, place) => work(lane, seededRandom(seed + place), left)));
    } finally {
      await Promise.all(lanes.map((lane) => lane.stop()));
    }
  });

  async function work(lane: CallLane, random: () => number, left: CallKillPoint[]): Promise<void> {
    for (let point = left.shift(); point !== undefined; point = left.shift()) {
      rounds.get(point)?.push(await lane.round(point, random));
    }
  }

  const sum = (point: CallKillPoint, of: keyof CallRound): number =>
    (rounds.get(point) ?? []).reduce((total, round) => total + round[of], 0);

  for (const point of callKillPoints) {
    it(`${point}: each wanted call is one talk, and a failed one stands in the list once`, () => {
      assert.equal(rounds.get(point)?.length, roundsEach);
      assert.ok(sum(point, 'wanted') >= roundsEach);
      assert.deepEqual(
        [sum(point, 'missing'), sum(point, 'doubled'), sum(point, 'misfiled')],
        [0, 0, 0],
        'missing, doubled, misfiled',
      );
    });
  }

  after(() => {
    if (process.env.BITLANE_CALL_ROUNDS === undefined) return;
    for (const point of callKillPoints) {
      console.log(
        `  ${point}: ${roundsEach} kills, ${sum(point, 'wanted')} wanted calls, ` +
          `${sum(point, 'missing')} missing, ${sum(point, 'doubled')} doubled`,
      );
    }
  });
});
