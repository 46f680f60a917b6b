import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import { until } from '../../support/until';
import {
  bothFlows,
  HOUR_MS,
  knownClient,
  talkMessage,
  useResultsHouse,
  type ResultsPlace,
} from './results-house';

const COMMENT = 'crm.timeline.comment.add';
const TRANSCRIPT = 'telephony.call.attachTranscription';
const code = (message: unknown): string | undefined => textAt(message, 'error', 'code');

describe('results that are cut off on their way back', function () {
  const house = useResultsHouse();

  const arrived = (place: ResultsPlace, method: string): Promise<void> =>
    until(() => place.portal.calls.some((call) => call.method === method), `${method} at the portal`);

  async function again(place: ResultsPlace, message: Record<string, unknown>): Promise<void> {
    const outcomes = (): number => place.heard('commented').length + place.heard('errors').length;
    const before = outcomes();
    await place.untilAllIsHandedOut();
    place.bring(message);
    await until(() => outcomes() > before, 'the outcome');
  }

  it('is not written twice when the answer of the portal is lost, and says so', async () => {
    const place = await house.open();
    place.portal.failNext({ method: COMMENT, with: 'answer-lost' });
    place.portal.telephony.addCall(knownClient);
    await place.sync();
    assert.deepEqual((await place.untilHeard('errors')).map(code), ['BITRIX_UNCERTAIN']);
    const message = talkMessage(place);
    await again(place, message);
    assert.deepEqual(place.heard('errors').map(code), ['BITRIX_UNCERTAIN', 'BITRIX_UNCERTAIN']);
    await place.untilAllIsHandedOut();
    await place.deploy();
    await again(place, message);
    assert.equal(place.comments().length, 1);
    assert.equal(place.transcripts().length, 1);
  });

  it('is written later when the portal has said no', async () => {
    const place = await house.open();
    place.portal.failNext({ method: COMMENT, with: { status: 400, error: 'OWNER_NOT_FOUND' } });
    place.portal.telephony.addCall(knownClient);
    await place.sync();
    assert.deepEqual((await place.untilHeard('errors')).map(code), ['BITRIX_REFUSED']);
    assert.deepEqual(place.comments(), []);
    await again(place, talkMessage(place));
    assert.equal(at(place.heard('commented')[0], 'rest', 'once'), 'done');
    assert.equal(place.comments().length, 1);
  });

  for (const type of ['full', 'nodes', 'flows'] as const) {
    it(`goes on with what it waits for after a deploy of ${type}`, async () => {
      const place = await house.open();
      place.service.setTimes({ readyAfterMs: HOUR_MS });
      place.portal.telephony.addCall(knownClient);
      await place.sync();
      place.service.setTimes({ readyAfterMs: 0 });
      // Changed, so that every kind of deploy has to make it anew.
      const renamed = bothFlows().map((part) =>
        textAt(part, 'type') === 'speechsense-talks' ? { ...part, name: `after ${type}` } : part,
      );
      await place.deploy(type, renamed);
      await place.untilHeard('commented');
      await place.untilHeard('transcribed');
      assert.deepEqual([place.comments().length, place.transcripts().length], [1, 1]);
    });
  }

  it('is written once when a deploy comes while the portal is being asked', async () => {
    const place = await house.open();
    // Done, and the answer never ends: the deploy cuts it off.
    place.portal.failNext({ method: COMMENT, with: 'stall' });
    place.portal.failNext({ method: TRANSCRIPT, with: 'stall' });
    place.portal.telephony.addCall(knownClient);
    await place.sync();
    await arrived(place, COMMENT);
    await arrived(place, TRANSCRIPT);
    await place.deploy();
    assert.deepEqual((await place.untilHeard('errors')).map(code), ['BITRIX_UNCERTAIN']);
    assert.deepEqual((await place.untilHeard('refusals')).map(code), ['BITRIX_UNCERTAIN']);
    assert.deepEqual([place.comments().length, place.transcripts().length], [1, 1]);
  });
});
