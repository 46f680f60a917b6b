import assert from 'node:assert/strict';
import { readCall } from '../../../lib/bitrix24/calls/call';
import {
  createCallFilter,
  prepareCallFilter,
  type CallFilter,
  type CallFilterSettings,
  type CallVerdict,
} from '../../../lib/bitrix24/calls/call-filter';
import { offsetIn, offsetText } from '../../../lib/bitrix24/calls/portal-time';
import { offsetOfZone } from '../../support/zone-offsets';
import { InvalidError } from '../../../lib/core/errors';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import { callsPortal, cutOff, rowsFrom } from './calls-portal';

const all: CallFilterSettings = {
  operators: [],
  minSeconds: 0,
  directions: [],
  lines: [],
  onlySuccessful: false,
  withRecord: false,
};
const moscow = (): number => 180;
const made = (settings: Partial<CallFilterSettings>): CallFilter =>
  createCallFilter({ ...all, ...settings }, moscow);

function verdict(filter: CallFilter, row: Readonly<Record<string, unknown>>): CallVerdict {
  const usual = rowsFrom(1, 1, { PORTAL_USER_ID: '7', PORTAL_NUMBER: '+74950000001', RECORD_FILE_ID: 5 })[0];
  const call = readCall({ ...usual, ...row });
  assert.ok(call);
  return filter.judge(call);
}

describe('the filter of the call history, as it is sent (bitrix24-telephony 2.1)', () => {
  it('nothing is wished, nothing is sent', () => {
    assert.deepEqual(made({}).sent, {});
  });

  it('all of it', () => {
    const { sent } = made({
      from: '2026-03-01',
      to: '2026-03-31',
      operators: [7, '1269'],
      minSeconds: 30,
      maxSeconds: 3600,
      directions: ['outgoing', 'callback'],
      lines: ['sip12'],
      onlySuccessful: true,
      withRecord: true,
    });
    assert.deepEqual(sent, {
      '>=CALL_START_DATE': '2026-03-01T00:00:00+03:00',
      '<CALL_START_DATE': '2026-04-01T00:00:00+03:00',
      PORTAL_USER_ID: ['7', '1269'],
      PORTAL_NUMBER: ['sip12'],
      CALL_TYPE: [1, 4],
      '>=CALL_DURATION': 30,
      '<=CALL_DURATION': 3600,
      CALL_FAILED_CODE: '200',
    });
  });

  it('users as numbers; none when calls that nobody took are wanted, which the portal writes in two ways', () => {
    assert.deepEqual(made({ operators: ['007'] }).sent, { PORTAL_USER_ID: ['7'] });
    assert.deepEqual(made({ operators: [7, 0] }).sent, {});
  });

  it('a number is asked for as it may be written', () => {
    assert.deepEqual(made({ lines: ['+7 495 000-00-01'] }).sent['PORTAL_NUMBER'], [
      '+7 495 000-00-01',
      '74950000001',
      '+74950000001',
    ]);
  });

  const moments: [written: string, sent: string][] = [
    ['2026-03-01T09:30:00+05:00', '2026-03-01T04:30:00+00:00'],
    ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00+00:00'],
    ['2026-03-01T09:30:00.500Z', '2026-03-01T09:30:00+00:00'],
    ['2026-03-01T09:30', '2026-03-01T09:30:00+03:00'],
    [' 2026-03-01 09:30:15 ', '2026-03-01T09:30:15+03:00'],
  ];
  for (const [written, sent] of moments) {
    it(`${written} is sent with an offset, and as an end includes itself`, () => {
      assert.deepEqual(made({ from: written, to: written }).sent, {
        '>=CALL_START_DATE': sent,
        '<=CALL_START_DATE': sent,
      });
    });
  }

  it('the last day of a year and a leap day end where the next begins', () => {
    const sentTo = (to: string): unknown => made({ to }).sent['<CALL_START_DATE'];
    assert.equal(sentTo('2026-12-31'), '2027-01-01T00:00:00+03:00');
    assert.equal(sentTo('2028-02-28'), '2028-02-29T00:00:00+03:00');
  });

  const wrong: [string, Partial<CallFilterSettings>][] = [
    ['from', { from: '01.03.2026' }],
    ['from', { from: '2026-02-30' }],
    ['from', { from: '2026-03-01T25:00:00Z' }],
    ['to', { to: 'tomorrow' }],
    ['to', { from: '2026-03-02', to: '2026-03-01' }],
    ['operators', { operators: ['', ' '] }],
    ['operators', { operators: ['Ivanov'] }],
    ['lines', { lines: ['sip12', ' '] }],
    ['directions', { directions: ['sideways'] }],
    ['directions', { directions: ['unknown'] }],
    ['minSeconds', { minSeconds: -1 }],
    ['minSeconds', { minSeconds: NaN }],
    ['maxSeconds', { minSeconds: 30, maxSeconds: 20 }],
  ];
  for (const [property, settings] of wrong) {
    it(`${JSON.stringify(settings)} is refused and does not become "all"`, () => {
      assert.throws(
        () => made(settings),
        (error: unknown) => error instanceof InvalidError && error.params['property'] === property,
      );
    });
  }
});

describe('the same conditions on what came', () => {
  const cases: [string, Partial<CallFilterSettings>, Readonly<Record<string, unknown>>, CallVerdict][] = [
    [
      'the first second of a day',
      { from: '2026-03-10' },
      { CALL_START_DATE: '2026-03-10T00:00:00+03:00' },
      'wanted',
    ],
    [
      'the second before',
      { from: '2026-03-10' },
      { CALL_START_DATE: '2026-03-09T23:59:59+03:00' },
      'unwanted',
    ],
    [
      'the last second of a day',
      { to: '2026-03-10' },
      { CALL_START_DATE: '2026-03-10T23:59:59+03:00' },
      'wanted',
    ],
    ['the next midnight', { to: '2026-03-10' }, { CALL_START_DATE: '2026-03-11T00:00:00+03:00' }, 'unwanted'],
    ['on other clocks', { to: '2026-03-10' }, { CALL_START_DATE: '2026-03-10T22:00:00+01:00' }, 'unwanted'],
    ['the very end', { to: '2026-03-10T10:00:00Z' }, { CALL_START_DATE: '2026-03-10T10:00:00Z' }, 'wanted'],
    ['after it', { to: '2026-03-10T10:00:00Z' }, { CALL_START_DATE: '2026-03-10T10:00:01Z' }, 'unwanted'],
    ['a date that cannot be read', { from: '2026-03-10' }, { CALL_START_DATE: '' }, 'wanted'],
    ['an operator of the list', { operators: [7] }, {}, 'wanted'],
    ['another operator', { operators: [7] }, { PORTAL_USER_ID: '8' }, 'unwanted'],
    ['no operator', { operators: [7] }, { PORTAL_USER_ID: null }, 'unwanted'],
    ['an operator with zeros in front', { operators: ['007'] }, {}, 'wanted'],
    ['nobody, who is wanted', { operators: ['0'] }, { PORTAL_USER_ID: '0' }, 'wanted'],
    ['nobody, as nothing', { operators: ['00', 8] }, { PORTAL_USER_ID: null }, 'wanted'],
    ['somebody, when nobody is wanted', { operators: [0] }, {}, 'unwanted'],
    ['as long as the shortest', { minSeconds: 60 }, {}, 'wanted'],
    ['shorter', { minSeconds: 61 }, {}, 'unwanted'],
    ['as long as the longest', { maxSeconds: 60 }, {}, 'wanted'],
    ['longer', { maxSeconds: 59 }, {}, 'unwanted'],
    ['a direction of the list', { directions: ['incoming'] }, {}, 'wanted'],
    ['another direction', { directions: ['incoming'] }, { CALL_TYPE: '5' }, 'unwanted'],
    ['a line, written otherwise', { lines: ['7 (495) 000-00-01'] }, {}, 'wanted'],
    ['another line', { lines: ['sip12'] }, {}, 'unwanted'],
    ['capitals', { lines: ['SIP12'] }, { PORTAL_NUMBER: 'sip12' }, 'wanted'],
    ['a failed call', { onlySuccessful: true }, { CALL_FAILED_CODE: '603-S' }, 'unwanted'],
    ['a failed call on request', {}, { CALL_FAILED_CODE: '304' }, 'wanted'],
    ['a recording on the drive', { withRecord: true }, {}, 'wanted'],
    [
      'one elsewhere',
      { withRecord: true },
      { RECORD_FILE_ID: null, CALL_RECORD_URL: 'https://a.example/' },
      'wanted',
    ],
    ['none yet', { withRecord: true }, { RECORD_FILE_ID: null, CALL_RECORD_URL: '' }, 'late'],
    ['none yet, but unwanted', { withRecord: true, minSeconds: 90 }, { RECORD_FILE_ID: null }, 'unwanted'],
    [
      'none ever: nobody spoke',
      { withRecord: true },
      { RECORD_FILE_ID: null, CALL_DURATION: '0' },
      'unwanted',
    ],
    ['none wanted', { withRecord: false }, { RECORD_FILE_ID: null }, 'wanted'],
  ];
  for (const [name, settings, row, expected] of cases) {
    it(`${name}: ${expected}`, () => assert.equal(verdict(made(settings), row), expected));
  }

  it('far from the dates is only what no reading of them would have let through', () => {
    const filter = made({ from: '2026-03-10', to: '2026-03-10' });
    const isFar = (date: string): boolean => {
      const call = readCall({ ID: 1, CALL_START_DATE: date });
      return call !== undefined && filter.isFarFromDates(call);
    };
    assert.deepEqual(
      ['2026-03-08T20:00:00+03:00', '2026-03-09T12:00:00+03:00', '2026-03-12T12:00:00+03:00'].map(isFar),
      [true, false, true],
    );
  });
});

describe('the clocks of the portal', () => {
  it('of a known zone, on the days when they change too', () => {
    const berlin = offsetOfZone('Europe/Berlin');
    assert.deepEqual(
      ['2026-03-28', '2026-03-29', '2026-03-30', '2026-10-25', '2026-10-26'].map(berlin),
      [60, 60, 120, 120, 60],
    );
    assert.equal(offsetOfZone('America/Los_Angeles')('2026-07-01'), -420);
    assert.equal(offsetOfZone('Asia/Kathmandu')('2026-07-01'), 345);
    assert.equal(offsetOfZone('Pacific/Auckland')('2026-01-01'), 780);
  });

  it('offsets are read and written', () => {
    assert.deepEqual(['a+03:00', 'b-0430', 'cZ', 'd', undefined].map(offsetIn), [
      180,
      -270,
      0,
      undefined,
      undefined,
    ]);
    assert.deepEqual([180, -270, 0, 345].map(offsetText), ['+03:00', '-04:30', '+00:00', '+05:45']);
  });

  it('a portal is asked what its clocks showed on those days, a request for each day', async () => {
    const portal = callsPortal(rowsFrom(1, 1, { CALL_START_DATE: '2026-01-12T10:00:00+01:00' }));
    const call: typeof portal.call = async (method, params, options) =>
      method === 'server.time' ? '2026-07-01T12:00:00+02:00' : portal.call(method, params, options);
    const filter = await prepareCallFilter(
      { ...all, from: '2026-01-12', to: '2026-07-01' },
      { ...portal, call },
    );
    assert.deepEqual(filter.sent, {
      '>=CALL_START_DATE': '2026-01-12T00:00:00+01:00',
      // The one call there is is far from it, and of another season.
      '<CALL_START_DATE': '2026-07-02T00:00:00+02:00',
    });
    const since = (moment: string): object => ({
      ...{ FILTER: { '>=CALL_START_DATE': moment }, SORT: 'CALL_START_DATE', ORDER: 'ASC', start: -1 },
    });
    assert.deepEqual(portal.requests, [
      [since('2026-01-11T20:00:00+00:00')],
      [since('2026-07-01T20:00:00+00:00')],
    ]);
  });

  it('a portal that passes over the filter does not have a day read by the clocks of another season', async () => {
    const portal = callsPortal([
      ...rowsFrom(1, 1, { CALL_START_DATE: '2025-07-01T10:00:00+02:00' }),
      ...rowsFrom(2, 1, { CALL_START_DATE: '2026-01-11T23:30:00+01:00' }),
    ]);
    const call: typeof portal.call = async (method, params, options) =>
      method === 'server.time' ? '2026-07-20T10:00:00+02:00' : portal.call(method, params, options);
    const filter = await prepareCallFilter({ ...all, from: '2026-01-10', to: '2026-01-11' }, { call });
    assert.deepEqual(filter.sent, {
      '>=CALL_START_DATE': '2026-01-10T00:00:00+01:00',
      '<CALL_START_DATE': '2026-01-12T00:00:00+01:00',
    });
  });

  it('a question that fails, or is not answered with a list, is an error', async () => {
    const broken: (() => Promise<unknown>)[] = [async () => 'a page', () => Promise.reject(cutOff())];
    for (const answer of broken) {
      const call: PortalRest['call'] = async (method) =>
        method === 'server.time' ? '2026-07-20T10:00:00+02:00' : answer();
      await assert.rejects(prepareCallFilter({ ...all, from: '2026-01-10' }, { call }), {
        code: 'BITRIX_UNREACHABLE',
      });
    }
  });

  it('without calls near a day the offset of today counts', async () => {
    const call: PortalRest['call'] = async (method) =>
      method === 'server.time' ? '2026-07-01T12:00:00+02:00' : [];
    const filter = await prepareCallFilter({ ...all, from: '2026-01-12' }, { call });
    assert.deepEqual(filter.sent, { '>=CALL_START_DATE': '2026-01-12T00:00:00+02:00' });
  });

  it('full times need no question', async () => {
    const portal = callsPortal([]);
    await prepareCallFilter({ ...all, from: '2026-01-12T00:00:00+01:00' }, portal);
    assert.deepEqual(portal.requests, []);
  });

  it('wrong settings are refused before anything is asked', async () => {
    const portal = callsPortal([]);
    await assert.rejects(
      prepareCallFilter({ ...all, from: '2026-01-12', minSeconds: -1 }, portal),
      InvalidError,
    );
    assert.deepEqual(portal.requests, []);
  });
});
