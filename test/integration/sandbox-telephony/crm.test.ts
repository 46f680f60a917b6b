import assert from 'node:assert/strict';
import { at, rowsIn, servers, viaWebhook } from './support';

const start = servers();

describe('sandbox telephony: names of the people in a call', () => {
  it('of operators come by a list of ids, also of those who left, but not of integrators and bots', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    portal.addUser({ id: 31, firstName: 'Gone', active: false });
    portal.addUser({ id: 32, isIntegrator: true });
    const ids = async (filter: object): Promise<unknown[]> =>
      rowsIn((await viaWebhook(portal, 'user.get', { FILTER: filter })).result).map((row) => row['ID']);
    assert.deepEqual(await ids({ ID: [7, 31, 32, bot.id] }), ['7', '31']);
    assert.deepEqual(await ids({ ID: [7, 31], ACTIVE: true }), ['7']);
  });

  it('of clients come by type and a list of ids', async () => {
    const portal = await start.portal();
    portal.crm.addItem({ type: 'CONTACT', id: 3, name: 'Zoe', lastName: 'Ray', secondName: 'M' });
    portal.crm.addItem({ type: 'COMPANY', id: 3, title: 'Ray & Co' });
    portal.telephony.addCall({ crm: { type: 'CONTACT', id: 4 } });
    const list = async (params: object): Promise<Record<string, unknown>[]> =>
      rowsIn(at((await viaWebhook(portal, 'crm.item.list', params)).result, 'items'));
    const select = ['id', 'name', 'lastName', 'secondName'];
    const contacts = await list({ entityTypeId: 3, filter: { '@id': [4, 3, 99] }, select });
    assert.deepEqual(contacts[0], { id: 3, name: 'Zoe', lastName: 'Ray', secondName: 'M' });
    assert.deepEqual(
      contacts.map(({ id }) => id),
      [3, 4],
    );
    assert.deepEqual(await list({ entityTypeId: 4, filter: { '@id': [3] }, select: ['id', 'title'] }), [
      { id: 3, title: 'Ray & Co' },
    ]);
    portal.crm.removeItem('CONTACT', 4);
    assert.deepEqual(await list({ entityTypeId: 3, filter: { '@id': [4] } }), []);
    const unknown = await viaWebhook(portal, 'crm.item.list', { entityTypeId: 77 });
    assert.equal(unknown.error, 'ENTITY_TYPE_NOT_SUPPORTED');
  });

  it('of the clients of seeded calls can all be looked up', async () => {
    const portal = await start.portal();
    portal.telephony.seed({ count: 300 });
    for (const { crm } of portal.telephony.calls()) if (crm) assert.ok(portal.crm.item(crm.type, crm.id));
    const { body } = await viaWebhook(portal, 'crm.item.list', { entityTypeId: 1 });
    assert.deepEqual([body['total'], body['next']], [200, 50]);
  });

  it('need the scope', async () => {
    const portal = await start.portal({ webhook: { scopes: ['telephony'] } });
    for (const method of ['crm.item.list', 'user.get', 'disk.file.get', 'crm.timeline.comment.add'])
      assert.equal((await viaWebhook(portal, method)).error, 'insufficient_scope', method);
  });
});

describe('sandbox telephony: comments on a card', () => {
  it('are written and read', async () => {
    const portal = await start.portal();
    portal.telephony.addCall({ crm: { type: 'LEAD', id: 8 } });
    const fields = { ENTITY_ID: 8, ENTITY_TYPE: 'lead', COMMENT: 'A good talk' };
    const { result: id } = await viaWebhook(portal, 'crm.timeline.comment.add', { fields });
    assert.equal(typeof id, 'number');
    const [comment] = portal.timeline;
    assert.deepEqual(
      [comment?.id, comment?.entityType, comment?.entityId, comment?.text, comment?.authorId],
      [id, 'LEAD', 8, 'A good talk', 1],
    );
    const list = (filter: object): Promise<{ result: unknown }> =>
      viaWebhook(portal, 'crm.timeline.comment.list', { filter, select: ['ID', 'COMMENT'] });
    assert.deepEqual((await list({ ENTITY_ID: 8, ENTITY_TYPE: 'lead' })).result, [
      { ID: String(id), COMMENT: 'A good talk' },
    ]);
    assert.deepEqual((await list({ ENTITY_ID: 9, ENTITY_TYPE: 'lead' })).result, []);
  });

  it('need a card, a text, and their fields in small letters', async () => {
    const portal = await start.portal();
    portal.telephony.addCall({ crm: { type: 'LEAD', id: 8 } });
    const good = { ENTITY_ID: 8, ENTITY_TYPE: 'lead', COMMENT: 'A good talk' };
    const add = async (params: object): Promise<unknown> =>
      (await viaWebhook(portal, 'crm.timeline.comment.add', params)).error;
    assert.equal(await add({ FIELDS: good }), '100');
    assert.equal(await add({ fields: { ...good, ENTITY_TYPE: '' } }), '100');
    assert.equal(await add({ fields: { ...good, COMMENT: '' } }), 'INVALID_ARG_VALUE');
    assert.equal(await add({ fields: { ...good, ENTITY_ID: 9 } }), 'OWNER_NOT_FOUND');
    assert.deepEqual(portal.timeline, []);
  });
});
