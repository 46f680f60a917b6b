import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { at, textAt } from '../../../lib/core/fields';
import { patienceMs } from '../../support/patience';
import { until } from '../../support/until';
import { HOUR_MS, knownClient, looksAt, node, talkMessage, useResultsHouse } from './results-house';

const code = (message: unknown): string | undefined => textAt(message, 'error', 'code');

describe('speechsense-talks that goes on waiting after a restart', function () {
  const house = useResultsHouse();

  it('gives back what a message had, but no recording, stream or payload', async () => {
    const place = await house.open();
    place.portal.telephony.addCall(knownClient);
    place.service.setTimes({ readyAfterMs: HOUR_MS });
    await place.sync();
    const message = talkMessage(place);
    await place.untilLookedAt();
    place.service.setTimes({ readyAfterMs: 0 });
    await place.deploy();
    await place.untilHeard('commented');
    const talkId = `${textAt(message, 'speechsense', 'talkId')} `;
    const more = {
      ...message,
      ...{ speechsense: { talkId }, mine: { deep: [1, 'two'] }, topic: 'calls' },
      ...{
        audio: Buffer.from('a recording'),
        more: { audio: Buffer.alloc(100_000) },
        body: Readable.from(['x']),
      },
    };
    await place.untilAllIsHandedOut();
    place.bring(more);
    const [, came] = await place.untilHeard('phrases', 2);
    assert.deepEqual(at(came, 'mine'), { deep: [1, 'two'] });
    assert.equal(textAt(came, 'topic'), 'calls');
    assert.deepEqual([at(came, 'audio'), at(came, 'body'), at(came, 'more')], [undefined, undefined, {}]);
    assert.equal(textAt(came, 'payload', 'talkId'), talkId.trim());
    assert.deepEqual(at(came, 'call'), message.call);
  });

  it('takes up a talk that comes again in the very moment when it leaves', async () => {
    const place = await house.open();
    place.portal.telephony.addCall(knownClient);
    await place.sync();
    await place.untilHeard('phrases');
    const message = talkMessage(place);
    for (let round = 2; round <= 20; round += 1) {
      const isTaken = (): boolean => place.heard('phrases').length >= round;
      const bringUntilTaken = (): boolean => {
        if (!isTaken()) place.bring(message);
        return isTaken();
      };
      await until(bringUntilTaken, `the talk to be taken, time ${round}`);
    }
    assert.deepEqual([place.comments().length, place.heard('errors')], [1, []]);
  });

  it('turns away what is too large, or cannot be written down', async () => {
    const place = await house.open();
    place.bring({ speechsense: { talkId: 'a' }, mine: 'x'.repeat(70_000) });
    await place.untilHeard('errors');
    const circle: Record<string, unknown> = {};
    circle.itself = circle;
    place.bring({ speechsense: { talkId: 'b' }, circle });
    await place.untilHeard('errors', 2);
    place.bring({ speechsense: {} });
    const errors = await place.untilHeard('errors', 3);
    assert.deepEqual(errors.map(code), ['INPUT_INVALID', 'INPUT_INVALID', 'INPUT_INVALID']);
    assert.equal(looksAt(place.service), 0);
  });

  it('tells once of a key that is refused, and loses no talk by it', async () => {
    const place = await house.open();
    place.service.setTimes({ readyAfterMs: HOUR_MS });
    for (let count = 0; count < 3; count += 1) place.portal.telephony.addCall(knownClient);
    await place.sync();
    place.service.setMember(false);
    await place.deploy();
    assert.deepEqual((await place.untilHeard('errors')).map(code), ['SPEECHSENSE_DENIED']);
    const isDenied = (): boolean =>
      house.scene.watch.statuses.some((status) => /denied|no rights|access/i.test(JSON.stringify(status)));
    await until(isDenied, `the reason in the status: ${house.scene.watch.status(node('wait'))}`);
    place.service.setMember(true);
    place.service.setTimes({ readyAfterMs: 0 });
    await place.deploy();
    await place.untilHeard('commented', 3);
    assert.equal(place.comments().length, 3);
    assert.deepEqual(place.heard('errors'), []);
  });

  it('has the portal asked again later when it is overloaded', async () => {
    const place = await house.open();
    const no = { status: 503, error: 'OVERLOAD_LIMIT' } as const;
    place.portal.failNext({ method: 'crm.timeline.comment.add', with: no, times: Infinity });
    place.portal.telephony.addCall(knownClient);
    await place.sync();
    await until(() => place.heard('errors').length > 0, 'the error', 2 * patienceMs);
    assert.deepEqual(place.heard('errors').map(code), ['BITRIX_OVERLOADED']);
    const shown = (): string => house.scene.watch.status(node('wait')) ?? '';
    await until(() => /waited for: 1/.test(shown()), 'the talk to stay');
  });
});
