import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import type { CallInit } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import type { Changes } from '../bitrix24-nodes/flow-parts';
import { sourceId, useCallsHouse } from './calls-house';
import { startForgetfulPortal } from './forgetful-portal';

const day = (text: string): number => Date.parse(text);
/** On the portal's clocks, which are three hours ahead of UTC. */
const days = {
  longBefore: day('2026-11-01T12:00:00+03:00'),
  dayBefore: day('2026-11-09T23:59:59+03:00'),
  firstSecond: day('2026-11-10T00:00:00+03:00'),
  lastSecond: day('2026-11-12T23:59:59+03:00'),
  dayAfter: day('2026-11-13T00:00:00+03:00'),
};

/** A call of each kind that a filter can tell apart, by a name. */
const kinds: Readonly<Record<string, CallInit>> = {
  plain: {},
  ofPeter: { operatorId: 9 },
  ofNobody: { operatorId: 0 },
  short: { duration: 29 },
  long: { duration: 120 },
  incoming: { type: 2 },
  redirected: { type: 3 },
  callback: { type: 4 },
  robot: { type: 5 },
  missed: { failedCode: '304', duration: 0 },
  lineOne: { portalNumber: 'sip12' },
  lineTwo: { portalNumber: '+74951234567' },
  dayBefore: { startedAt: days.dayBefore },
  firstSecond: { startedAt: days.firstSecond },
  lastSecond: { startedAt: days.lastSecond },
  dayAfter: { startedAt: days.dayAfter },
  unrecorded: { record: 'none' },
};
const usual: CallInit = { type: 1, duration: 40, startedAt: day('2026-11-11T12:00:00+03:00') };
const all = Object.keys(kinds);
const notSent = ['short', 'robot', 'missed', 'unrecorded'];
const usually = all.filter((kind) => !notSent.includes(kind));

const cases: readonly (readonly [what: string, source: Changes, wanted: readonly string[]])[] = [
  ['as they are', {}, usually],
  ['from a day on, of which the first second counts', { from: '2026-11-10' }, without('dayBefore')],
  ['until a day, which is included', { to: '2026-11-12' }, without('dayAfter')],
  ['between full times', { from: '2026-11-10T00:00:01+03:00', to: '2026-11-12T20:59:58Z' }, inside()],
  ['of one user', { operators: ['9'] }, ['ofPeter']],
  ['of users in a text', { operators: '9, 7' }, without('ofNobody')],
  ['not shorter than', { minSeconds: 0 }, [...usually, 'short']],
  ['not longer than', { maxSeconds: 119 }, without('long')],
  ['of one direction', { directions: ['redirected'] }, ['redirected']],
  ['of robots too', { directions: 'outgoing,incoming,redirected,callback,robot' }, [...usually, 'robot']],
  ['of no direction, which means the usual ones', { directions: [] }, usually],
  ['by lines, however they are written', { lines: 'sip12, 7 495 123-45-67' }, ['lineOne', 'lineTwo']],
  [
    'with those that did not take place',
    { onlySuccessful: false, withRecord: false, minSeconds: 0 },
    all.filter((kind) => kind !== 'robot'),
  ],
  ['without recordings too', { withRecord: false }, [...usually, 'unrecorded']],
];

function without(...left: readonly string[]): string[] {
  return usually.filter((kind) => !left.includes(kind));
}

function inside(): string[] {
  return without('dayBefore', 'firstSecond', 'lastSecond', 'dayAfter');
}

describe('the calls that are chosen', function () {
  const house = useCallsHouse();

  for (const batchReferences of ['resolved', 'left'] as const) {
    it(`are those that the settings name (references in a batch: ${batchReferences})`, async () => {
      const place = await house.open({ isDeployed: false, portal: { batchReferences } });
      const kindOf = new Map(
        all.map((kind) => [place.portal.telephony.addCall({ ...usual, ...kinds[kind] }).callId, kind]),
      );
      for (const [what, source, wanted] of cases) {
        const settings = { from: '', names: false, cursorName: what, ...source };
        await place.deploy({ source: settings, insteadOfUpload: nothing });
        await place.run();
        assert.deepEqual(handedOut(kindOf), [...wanted].sort(), what);
      }
    });
  }

  it('are checked here as well when the portal passes over a filter', async () => {
    const place = await house.open({ isDeployed: false });
    const { telephony } = place.portal;
    const kindOf = new Map(all.map((kind) => [telephony.addCall({ ...usual, ...kinds[kind] }).callId, kind]));
    telephony.addCall({ ...usual, startedAt: days.longBefore });
    const proxy = await startForgetfulPortal(place.portal.webhookUrl);
    try {
      process.env['BITRIX_WEBHOOK_URL'] = proxy.webhookUrl;
      const source = { from: '2026-11-10', to: '2026-11-12', operators: '7', names: false, lines: '' };
      await place.deploy({ source, insteadOfUpload: nothing });
      await place.run();
      assert.deepEqual(handedOut(kindOf), without('dayBefore', 'dayAfter', 'ofPeter', 'ofNobody').sort());
      assert.ok(house.scene.red.log.some((line) => line.includes('pays no heed to the dates')));
    } finally {
      await proxy.stop();
    }
  });

  const wrong: readonly (readonly [string, Changes])[] = [
    ['a list of users with nothing but commas', { operators: ' , ' }],
    ['an empty entry alone in the list of users', { operators: [' '] }],
    ['a user that is no number', { operators: 'Olga' }],
    ['lines with nothing but commas', { lines: ',' }],
    ['an unknown direction', { directions: ['sideways'] }],
    ['a date that there is not', { from: '2026-02-31' }],
    ['an end before the beginning', { from: '2026-11-10', to: '2026-11-09' }],
    ['more seconds at least than at most', { minSeconds: 60, maxSeconds: 30 }],
  ];
  for (const [what, source] of wrong) {
    it(`are none, and the node says why, with ${what}`, async () => {
      const place = await house.open({ changes: { source } });
      place.portal.telephony.addCall(usual);
      await until(() => house.scene.watch.status(sourceId) === 'bitlane.brief.CONFIG_INVALID', 'the status');
      place.send(true);
      await until(
        () => house.scene.watch.heard('bitlane-calls-errors').length > 0,
        'the error of the message',
      );
      const codes = house.scene.watch
        .heard('bitlane-calls-errors')
        .map((message) => textAt(message, 'error', 'code'));
      assert.deepEqual([...new Set(codes)], ['CONFIG_INVALID']);
      assert.equal(house.scene.watch.heard('bitlane-calls-upload').length, 0);
    });
  }

  function handedOut(kindOf: ReadonlyMap<string, string>): string[] {
    const calls = house.scene.watch.heard('bitlane-calls-upload');
    return calls.map((message) => kindOf.get(textAt(message, 'call', 'callId') ?? '') ?? 'unknown').sort();
  }
});

const nothing = { type: 'function', func: 'return null;', outputs: 1 };
