import assert from 'node:assert/strict';
import { readCall, type Call } from '../../../lib/bitrix24/calls/call';
import { createCallNames, type CallNamesNotice } from '../../../lib/bitrix24/calls/names';
import { callScenes, noStop, type CallScene } from './support';

describe('names on the calls of a portal', function () {
  const scenes = callScenes();

  async function callsOf(scene: CallScene): Promise<Call[]> {
    const calls: Call[] = [];
    for await (const page of scene.history().pagesAfter(0, noStop)) {
      calls.push(...page.map(readCall).filter((call): call is Call => call !== undefined));
    }
    return calls;
  }

  it('operators and clients of a page in one request; unknown ones stay unnamed', async () => {
    const scene = await scenes.open();
    const { telephony, crm, state } = scene.portal;
    const anna = crm.addItem({ type: 'CONTACT', name: 'Anna', lastName: 'Berg', secondName: 'K.' });
    const firm = crm.addItem({ type: 'COMPANY', title: 'Berg & Co' });
    const lead = crm.addItem({ type: 'LEAD', title: 'From the site' });
    const gone = crm.addItem({ type: 'CONTACT', name: 'Nobody' });
    telephony.addCall({ operatorId: 7, crm: { type: 'CONTACT', id: anna.id } });
    telephony.addCall({ operatorId: 9, crm: { type: 'COMPANY', id: firm.id } });
    telephony.addCall({ operatorId: 7, crm: { type: 'LEAD', id: lead.id } });
    telephony.addCall({ operatorId: 4711, crm: { type: 'CONTACT', id: gone.id } });
    telephony.addCall({ operatorId: 0 });
    crm.removeItem('CONTACT', gone.id);
    const calls = await callsOf(scene);
    const before = scene.portal.httpRequests;
    const names = createCallNames({ rest: scene.rest, ttlMs: 3_600_000, clock: scenes.bench.clock });
    const named = await names.named(calls, noStop);
    const staff = (id: number): string => {
      const user = state.users.get(id);
      return `${user?.lastName} ${user?.firstName}`;
    };
    assert.deepEqual(
      named.map(({ operator, client }) => [operator.name, client.name]),
      [
        [staff(7), 'Berg Anna K.'],
        [staff(9), 'Berg & Co'],
        [staff(7), 'From the site'],
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
    assert.equal(scene.portal.httpRequests - before, 1);
    await names.named(calls, noStop);
    assert.equal(scene.portal.httpRequests - before, 1);
  });

  it('without the scopes the calls come without names, and that is told', async () => {
    const scene = await scenes.open({ webhook: { scopes: ['telephony'] } });
    scene.portal.telephony.addCall({ crm: { type: 'CONTACT', id: 5 } });
    const notices: CallNamesNotice[] = [];
    const names = createCallNames({
      rest: scene.rest,
      ttlMs: 3_600_000,
      clock: scenes.bench.clock,
      onNotice: (notice) => void notices.push(notice),
    });
    const calls = await callsOf(scene);
    assert.deepEqual(await names.named(calls, noStop), calls);
    assert.deepEqual(notices, [
      { who: 'operators', reason: 'insufficient_scope' },
      { who: 'clients', reason: 'insufficient_scope' },
    ]);
  });
});
