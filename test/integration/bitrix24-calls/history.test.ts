import assert from 'node:assert/strict';
import { readCall, rowIdOf, type Call } from '../../../lib/bitrix24/calls/call';
import { prepareCallFilter } from '../../../lib/bitrix24/calls/call-filter';
import { createCallHistory } from '../../../lib/bitrix24/calls/history';
import { RefusedError } from '../../../lib/core/errors';
import type { Portal } from '../../../sandbox/bitrix24';
import { failureOf } from '../bitrix24-rest/support';
import { callScenes, everything, idsAfter, noStop } from './support';

const day = 24 * 3_600_000;
const start = Date.parse('2026-03-01T00:00:00+03:00');

const allIds = (portal: Portal): number[] => [...portal.telephony.calls()].map(({ id }) => id);
const ofType = (portal: Portal, method: string): number =>
  new Set(portal.calls.filter((call) => call.method === method).map((call) => call.httpRequest)).size;

describe('the call history of a portal', function () {
  const scenes = callScenes();

  for (const count of [0, 1, 50, 51, 1500]) {
    it(`${count} calls, each once, by growing id`, async () => {
      const { portal, history, notices } = await scenes.open();
      portal.telephony.seed({ count });
      assert.deepEqual(await idsAfter(history()), allIds(portal));
      assert.deepEqual(notices, []);
    });
  }

  it('100 000 calls within the limits of an ordinary plan in at most sixty requests', async () => {
    const { portal, history, notices } = await scenes.open({
      limits: { perSecond: 2, bucket: 50 },
      keptCalls: 10,
    });
    portal.telephony.seed({ count: 100_000 });
    let [rows, last] = [0, 0];
    for await (const page of history().pagesAfter(0, noStop)) {
      for (const row of page) {
        const id = rowIdOf(row) ?? 0;
        assert.ok(id > last);
        last = id;
        rows += 1;
      }
    }
    assert.equal(rows, 100_000);
    assert.deepEqual(notices, []);
    assert.ok(portal.httpRequests <= 60, `${portal.httpRequests} requests`);
  });

  it('goes on behind an id, and finds what came since, also what began long before', async () => {
    const { portal, history } = await scenes.open();
    const { lastId } = portal.telephony.seed({ count: 70 });
    const late = portal.telephony.addCall({ startedAt: Date.now() - 40 * day });
    assert.deepEqual(await idsAfter(history(), lastId), [late.id]);
    assert.deepEqual(await idsAfter(history(), late.id), []);
  });

  it('the portal filters as the filter judges', async () => {
    const { portal, history, filter } = await scenes.open();
    portal.telephony.seed({
      count: 600,
      from: start,
      to: start + 20 * day,
      recordHost: 'https://pbx.example',
    });
    const settings = {
      from: '2026-03-05',
      to: '2026-03-12',
      operators: [7],
      minSeconds: 30,
      maxSeconds: 200,
      directions: ['incoming', 'outgoing'],
      lines: ['reg133788', '7 495 000-00-01', 'REST_APP:3'],
      onlySuccessful: true,
      withRecord: true,
    };
    const judged: Call[] = [];
    for await (const page of history().pagesAfter(0, noStop)) {
      judged.push(...page.map(readCall).filter((call): call is Call => call !== undefined));
    }
    const wanted = judged.filter((call) => filter(settings).judge(call) !== 'unwanted').map(({ id }) => id);
    assert.ok(wanted.length > 20, `${wanted.length} of ${judged.length}`);
    assert.deepEqual(await idsAfter(history(settings)), wanted);
    assert.equal(await history(settings).count(0, noStop), wanted.length);
  });

  it('the portal’s clocks are asked for, and midnight is midnight there', async () => {
    const { portal, rest } = await scenes.open();
    const inside = [start, start + day - 1000].map((startedAt) => portal.telephony.addCall({ startedAt }).id);
    for (const startedAt of [start - 1000, start + day]) portal.telephony.addCall({ startedAt });
    const filter = await prepareCallFilter({ ...everything, from: '2026-03-01', to: '2026-03-01' }, rest);
    assert.deepEqual(filter.sent, {
      '>=CALL_START_DATE': '2026-03-01T00:00:00+03:00',
      '<CALL_START_DATE': '2026-03-02T00:00:00+03:00',
    });
    assert.deepEqual(await idsAfter(createCallHistory({ rest, filter })), inside);
    assert.equal(ofType(portal, 'server.time'), 1);
  });

  it('a portal that leaves $result as it is gives one page a request', async () => {
    const { portal, history, notices } = await scenes.open({ batchReferences: 'left' });
    portal.telephony.seed({ count: 700 });
    assert.deepEqual(await idsAfter(history()), allIds(portal));
    assert.deepEqual(notices, ['single-pages']);
  });

  it('operating time that runs out in the middle of a batch is waited for', async () => {
    const { portal, history, notices } = await scenes.open();
    portal.telephony.seed({ count: 1500 });
    const ids: number[] = [];
    for await (const page of history().pagesAfter(0, noStop)) {
      ids.push(...page.map((row) => rowIdOf(row) ?? 0));
      // What is left of it is enough for a few of the next pages.
      if (ids.length === 250) portal.spendOperating('voximplant.statistic.get', 479.92);
    }
    assert.deepEqual(ids, allIds(portal));
    assert.deepEqual(notices, []);
    const refused = portal.calls.filter(({ error }) => error === 'OPERATION_TIME_LIMIT');
    assert.ok(refused.some(({ inBatch }) => inBatch));
  });

  it('a broken answer is asked for again', async () => {
    const { portal, history } = await scenes.open();
    portal.telephony.seed({ count: 400 });
    portal.failNext({ method: 'batch', with: 'cut' });
    portal.failNext({ method: 'voximplant.statistic.get', with: 'html' });
    assert.deepEqual(await idsAfter(history()), allIds(portal));
  });

  it('no right to the statistics is an error; a limited right shows less', async () => {
    const { portal, history } = await scenes.open();
    for (const operatorId of [7, 1, 9, 1]) portal.telephony.addCall({ operatorId });
    portal.telephony.setRight(1, 'own');
    assert.deepEqual(await idsAfter(history()), [2, 4]);
    portal.telephony.setRight(1, 'none');
    const error = await failureOf(idsAfter(history()));
    assert.ok(error instanceof RefusedError);
    assert.equal(error.code, 'BITRIX_AUTH');
  });

  it('late recordings by id, and a call by its name', async () => {
    const { portal, history } = await scenes.open();
    portal.telephony.seed({ count: 200 });
    const call = portal.telephony.addCall({ record: 'none' });
    const before = readCall((await history().byIds([call.id], noStop))[0] ?? {});
    assert.equal(before?.recordFileId, undefined);
    const fileId = portal.telephony.attachRecord(call.id);
    const after = readCall((await history().byCallId(call.callId, noStop))[0] ?? {});
    assert.equal(after?.id, call.id);
    assert.equal(after?.recordFileId, fileId);
    const some = allIds(portal).filter((id) => id % 2 === 0);
    const before130 = portal.httpRequests;
    assert.deepEqual((await history().byIds([...some, 9999], noStop)).map(rowIdOf), some);
    assert.equal(portal.httpRequests - before130, 1);
    assert.deepEqual(await history().byCallId('nothing', noStop), []);
  });
});
