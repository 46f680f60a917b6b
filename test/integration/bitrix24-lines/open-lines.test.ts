import assert from 'node:assert/strict';
import { RefusedError } from '../../../lib/core/errors';
import { listOpenLines } from '../../../lib/bitrix24/lines/open-lines';
import { restOf } from '../bitrix24-bots/support';
import { servers } from '../sandbox-portal/support';

const start = servers();

describe('the Open Channels of a portal', () => {
  it('are listed with their name, their state and the bot that meets the clients', async () => {
    const portal = await start.portal({
      lines: [
        { id: 3, name: 'Support' },
        { id: 12, name: '', active: false, welcomeBot: 'none' },
      ],
    });
    const bot = portal.addBot({ code: 'helper', type: 'openline' });
    assert.deepEqual(await listOpenLines(restOf(portal)), [
      { id: 3, name: 'Support', active: true, botIds: [bot.id] },
      { id: 12, name: '', active: false, botIds: [] },
    ]);
  });

  it('are listed over all pages', async () => {
    const portal = await start.portal({
      lines: Array.from({ length: 120 }, (_, place) => ({ id: place + 1 })),
    });
    const listed = await listOpenLines(restOf(portal));
    assert.deepEqual(
      listed.map(({ id }) => id),
      Array.from({ length: 120 }, (_, place) => place + 1),
    );
    assert.equal(portal.calls.length, 3);
  });

  it('come to an end on a portal that passes the offset over', async () => {
    const page = Array.from({ length: 50 }, (_, place) => ({ ID: String(place + 1), ACTIVE: 'Y' }));
    let asked = 0;
    const listed = await listOpenLines({
      call: () => {
        asked += 1;
        return Promise.resolve(page);
      },
    });
    assert.equal(listed.length, 50);
    assert.equal(asked, 2);
  });

  it('have no bots when the portal does not say', async () => {
    const row = { ID: '3', LINE_NAME: 'Support', ACTIVE: 'Y', WELCOME_BOT_ID: '567' };
    const answer = (fields: object): ReturnType<typeof listOpenLines> =>
      listOpenLines({ call: () => Promise.resolve([{ ...row, ...fields }]) });
    const card = { id: 3, name: 'Support', active: true };
    assert.deepEqual(await answer({}), [card]);
    // The bot that was chosen last stays in the settings.
    assert.deepEqual(await answer({ WELCOME_BOT_ENABLE: 'N' }), [{ ...card, botIds: [] }]);
    assert.deepEqual(await answer({ WELCOME_BOT_ENABLE: 'Y' }), [{ ...card, botIds: [567] }]);
  });

  it('are none on a portal that has none', async () => {
    assert.deepEqual(await listOpenLines(restOf(await start.portal({ lines: [] }))), []);
  });

  it('are refused without the scope', async () => {
    const portal = await start.portal({ webhook: { scopes: ['imbot'] } });
    await assert.rejects(
      listOpenLines(restOf(portal)),
      (error) => error instanceof RefusedError && error.serviceCode === 'insufficient_scope',
    );
  });
});
