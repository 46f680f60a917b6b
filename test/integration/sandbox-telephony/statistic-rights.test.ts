import assert from 'node:assert/strict';
import { ask, byId, idsOf, servers, viaApp } from './support';

const start = servers();

describe('sandbox telephony: who sees which calls', () => {
  it('gives fewer rows to a limited right, and says nothing of it', async () => {
    const portal = await start.portal({ webhook: { userId: 7, admin: false } });
    portal.addUser({ id: 21, departments: [2] });
    for (const operatorId of [7, 9, 21, 0]) portal.telephony.addCall({ operatorId });
    assert.deepEqual(await idsOf(portal, byId), [1, 2, 3, 4]);
    portal.telephony.setRight(7, 'department');
    assert.deepEqual(await idsOf(portal, byId), [1, 2]);
    portal.telephony.setRight(7, 'own');
    assert.deepEqual(await idsOf(portal, byId), [1]);
    assert.equal((await ask(portal, { ...byId, start: 0 })).body['total'], 1);
    assert.deepEqual(await idsOf(portal, { FILTER: { PORTAL_USER_ID: 9 }, ...byId }), []);
  });

  it('refuses a caller without the right, and one without the scope', async () => {
    const portal = await start.portal({ app: { scopes: ['crm'] } });
    portal.telephony.setRight(1, 'none');
    const { status, error, body } = await ask(portal, byId);
    assert.deepEqual([status, error, body['error_description']], [403, 'ACCESS_DENIED', 'Access denied!']);
    const unscoped = await viaApp(portal, portal.issueTokens().token, 'voximplant.statistic.get');
    assert.deepEqual([unscoped.status, unscoped.error], [403, 'insufficient_scope']);
  });
});
