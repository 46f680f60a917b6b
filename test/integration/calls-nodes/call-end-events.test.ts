import assert from 'node:assert/strict';
import { until } from '../../support/until';
import { onceTalked, sourceId, useCallsHouse, type CallsPlace } from './calls-house';

describe('the event of a call that has ended', function () {
  const house = useCallsHouse();
  let shortened = false;
  const { setTimeout: usual } = globalThis;
  // Nobody waits 45 seconds: whatever is planned for then comes at once.
  const hurry = (): void => {
    shortened = true;
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms?: number, ...rest: unknown[]) =>
        usual(run, ms === 45_000 ? 50 : ms, ...rest),
    });
  };
  afterEach(() => {
    if (shortened) globalThis.setTimeout = usual;
  });

  const listening = (): object[] => [
    {
      ...{
        id: 'events',
        z: 'bitlane-calls-flow',
        x: 100,
        y: 700,
        type: 'bitrix-in',
        portal: 'bitlane-portal',
      },
      ...{ kinds: ['other'], wires: [[], [sourceId]] },
    },
  ];

  async function announced(place: CallsPlace, count = 1): Promise<number[]> {
    place.portal.telephony.outgoingWebhook(house.scene.eventsUrl, 'token-of-the-hook');
    const ids = Array.from(
      { length: count },
      () => place.portal.telephony.addCall({ duration: 40, announce: true }).id,
    );
    await place.portal.settled();
    return ids;
  }

  it('has a run begin soon, and many of them have one begin', async () => {
    hurry();
    const place = await house.open({ isDeployed: false });
    await place.deploy({ more: listening(), portal: { credentials: credentialsOf(place) } });
    const ids = await announced(place, 5);
    await until(() => place.reports().length > 0, 'the end of the run');
    assert.deepEqual(onceTalked(place), ids);
    assert.deepEqual(
      place.reports().map(({ by }) => by),
      ['event'],
    );
  });

  for (const event of ['ONVOXIMPLANTCALLEND', 'OnVoximplantCallEnd', 'onvoximplantcallend']) {
    it(`does not start at once when it is written ${event}`, async () => {
      const place = await house.open();
      place.portal.telephony.addCall({ duration: 40 });
      const { memberId, domain } = place.portal;
      house.scene.send(sourceId, { payload: '', bitrix: { event, portal: { memberId, domain } } });
      await place.ask({ action: 'status' });
      assert.equal(
        place.portal.calls.filter(({ method }) => method === 'voximplant.statistic.get').length,
        0,
      );
    });
  }
});

function credentialsOf(place: CallsPlace): object {
  return { webhookUrl: place.portal.webhookUrl, applicationToken: 'token-of-the-hook' };
}
